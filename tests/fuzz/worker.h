/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Workers: processes that do random things to a device until time is up.
 *
 * Every decision of a worker comes from a generator of its own, seeded by the
 * run's seed and the worker's number, so the same seed gives each of them the
 * same list of things to do. How they interleave is up to the kernel.
 *
 * A program lists its workers as struct role, each a table of struct deed with
 * weights, and calls workers_main(). The parent counts, and watches: a worker
 * that stays in one deed for too long is stuck, which is a failure.
 */
#ifndef WORKER_H
#define WORKER_H

#include "lab.h"

#include <dirent.h>
#include <setjmp.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>

#define WORKERS_MAX	32
#define WORKER_FDS	8

struct worker;

struct deed {
	const char *name;
	unsigned int weight;
	long (*act)(struct worker *w);	/* -errno or not */
};

struct role {
	const char *name;
	unsigned int count;		/* how many of them, 0: one */
	const struct deed *deeds;	/* the last has no name */
	void (*start)(struct worker *w);
};

/* What all see. */
struct shared {
	volatile int stop;
	volatile int quiet;		/* let go of everything, please */
	volatile uint64_t loads, unloads, faults, oddities;
	struct {
		volatile uint64_t deeds, failures;
		volatile uint64_t since;	/* seconds, of this deed */
		const char *volatile name;
		int pid, status;
	} at[WORKERS_MAX];
};

struct worker {
	unsigned int index;
	uint64_t rng;
	const struct role *role;
	int fd[WORKER_FDS];
	char *buf;
	void *own;
};

#define WORKER_BUF	(2 << 20)

static struct shared *shared;
static uint64_t run_seed = 1;
static unsigned int run_seconds = 10;
static bool run_inject;
static char *run_mods = ".";

static inline uint64_t pick(struct worker *w, uint64_t below)
{
	return rnd(&w->rng, below);
}

static inline bool chance(struct worker *w, unsigned int percent)
{
	return pick(w, 100) < percent;
}

#define pick_of(w, array) ((array)[pick(w, sizeof(array) / sizeof(*(array)))])

/* Lengths that matter: nothing, a byte, around a page, a lot. */
static inline size_t pick_len(struct worker *w)
{
	static const size_t edges[] = {
		0, 1, 2, 7, 8, 63, 64, 511, 512, 4095, 4096, 4097, 8192, 65535,
		65536, 65537, 1 << 20,
	};

	return chance(w, 50) ? pick_of(w, edges) : pick(w, 70000);
}

static inline uint64_t now_seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec;
}

/* What blocks is interrupted after this long. */
static inline void soon(unsigned int microseconds)
{
	struct itimerval t = {
		.it_value.tv_usec = microseconds,
		.it_interval.tv_usec = microseconds ? 20000 : 0,
	};

	setitimer(ITIMER_REAL, &t, NULL);
}

static inline void on_alarm(int sig)
{
	(void)sig;
}

static inline long sys(long rc)
{
	return rc < 0 ? -errno : rc;
}

static inline int *some_fd(struct worker *w)
{
	return &w->fd[pick(w, WORKER_FDS)];
}

static inline void let_go(struct worker *w)
{
	for (int i = 0; i < WORKER_FDS; i++) {
		if (w->fd[i] >= 0)
			close(w->fd[i]);
		w->fd[i] = -1;
	}
}

__attribute__((format(printf, 1, 2)))
static inline void complain(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	printf("# ");
	vprintf(format, args);
	printf("\n");
	va_end(args);
	__sync_fetch_and_add(&shared->oddities, 1);
}

/* Kernel memory that may fail strikes only tasks that ask for it. */
static inline void inject_here(bool on)
{
	if (run_inject)
		put_text("/proc/self/make-it-fail", on ? "1" : "0");
}

static const char *const injectors[] = {
	"/sys/kernel/debug/failslab", "/sys/kernel/debug/fail_page_alloc",
};

#define INJECT_TIMES	1000000000LL

static inline void inject_setup(bool on)
{
	static const char *const how[][2] = {
		{ "task-filter", "Y" }, { "ignore-gfp-wait", "N" },
		{ "verbose", "0" }, { "min-order", "0" }, { "interval", "50" },
		{ "times", "1000000000" },
	};
	char path[128];

	for (size_t i = 0; i < 2; i++) {
		for (size_t j = 0; on && j < sizeof(how) / sizeof(*how); j++) {
			snprintf(path, sizeof(path), "%s/%s", injectors[i],
				 how[j][0]);
			put_text(path, how[j][1]);
		}
		snprintf(path, sizeof(path), "%s/probability", injectors[i]);
		put_text(path, on ? "100" : "0");
	}
}

static inline uint64_t injected(void)
{
	char path[128];
	uint64_t n = 0;

	for (size_t i = 0; i < 2; i++) {
		snprintf(path, sizeof(path), "%s/times", injectors[i]);
		if (!access(path, R_OK))
			n += INJECT_TIMES - get_number(path);
	}
	return n;
}

/* Adds up every DIR/faults/KIND_hits; the next reader starts at once anew, as
 * writing the seed sets the counters back.
 */
static inline void harvest_faults(const char *faults_dir, struct worker *w)
{
	char path[384], text[32];
	struct dirent *e;
	uint64_t n = 0;
	DIR *d = opendir(faults_dir);

	if (!d)
		return;
	while ((e = readdir(d))) {
		if (!strstr(e->d_name, "_hits"))
			continue;
		snprintf(path, sizeof(path), "%s/%s", faults_dir, e->d_name);
		n += get_number(path);
	}
	closedir(d);
	snprintf(path, sizeof(path), "%s/seed", faults_dir);
	snprintf(text, sizeof(text), "%llu", (unsigned long long)pick(w, 1000));
	if (!put_text(path, text))
		__sync_fetch_and_add(&shared->faults, n);
}

static inline unsigned int weigh(const struct role *role)
{
	unsigned int total = 0;

	for (const struct deed *d = role->deeds; d->name; d++)
		total += d->weight;
	return total;
}

static inline void work(struct worker *w)
{
	unsigned int total = weigh(w->role), at;
	typeof(&shared->at[0]) me = &shared->at[w->index];
	const struct deed *d;
	long rc;

	while (!shared->stop) {
		at = pick(w, total);
		for (d = w->role->deeds; at >= d->weight; d++)
			at -= d->weight;
		me->since = now_seconds();
		me->name = d->name;
		rc = d->act(w);
		soon(0);
		me->deeds++;
		if (rc < 0)
			me->failures++;
		if (shared->quiet) {
			let_go(w);
			usleep(1000);
		}
	}
	me->name = "the end";
	me->since = now_seconds();
	let_go(w);
}

/*
 * Memory that a worker's wild calls do not hit by the way: it lies where no
 * power of two and no neighbour's end is near, between two pages that let no
 * copy pass. What all share was once at 1 << 30, and full of random bytes.
 */
static inline void *apart(unsigned int nr, size_t size, int flags)
{
	const size_t page = sysconf(_SC_PAGESIZE);
	char *mem;

	size = (size + page - 1) / page * page;
	mem = mmap((void *)(0x2b5a700000UL + nr * 0x13a00000UL), size + 2 * page,
		   PROT_NONE, flags | MAP_ANONYMOUS, -1, 0);
	if (mem == MAP_FAILED ||
	    mprotect(mem + page, size, PROT_READ | PROT_WRITE)) {
		perror("memory for the workers");
		_exit(2);
	}
	return mem + page;
}

static inline void worker_run(const struct role *role, unsigned int index)
{
	struct sigaction act = { .sa_handler = on_alarm };
	struct worker w = { .index = index, .role = role };

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	sigaction(SIGALRM, &act, NULL);
	signal(SIGPIPE, SIG_IGN);
	signal(SIGIO, SIG_IGN);
	w.rng = run_seed * 1000003 + index;
	for (int i = 0; i < WORKER_FDS; i++)
		w.fd[i] = -1;
	w.buf = apart(1, WORKER_BUF, MAP_PRIVATE);
	for (size_t i = 0; i < WORKER_BUF; i++)
		w.buf[i] = rnd64(&w.rng);
	if (role->start)
		role->start(&w);
	work(&w);
	_exit(0);
}

/*
 * Deeds for everyone: memory pressure, and loading and unloading.
 */

/* A guest of a busy machine gets its pages slowly. */
#define HOG_SECONDS	5

static inline long hog_some(struct worker *w)
{
	long long free_kib = 0;
	char text[4096], *at;
	uint64_t begun;
	size_t size;
	char *mem;

	if (get_text("/proc/meminfo", text, sizeof(text)) > 0 &&
	    (at = strstr(text, "MemAvailable:")))
		sscanf(at, "MemAvailable: %lld", &free_kib);
	free_kib -= 300 << 10;
	if (free_kib <= 0) {
		usleep(10000);
		return 0;
	}
	size = (free_kib << 10) / 100 * (10 + pick(w, 80));
	mem = mmap(NULL, size, PROT_READ | PROT_WRITE,
		   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (mem == MAP_FAILED)
		return -errno;
	begun = now_seconds();
	for (size_t i = 0; i < size && !shared->stop; i += 4096) {
		mem[i] = 1;
		if (i % (1 << 20) == 0 && now_seconds() - begun > HOG_SECONDS)
			break;
	}
	usleep(pick(w, 200000));
	munmap(mem, size);
	usleep(pick(w, 500000));
	return 0;
}

static inline long hog_caches(struct worker *w)
{
	usleep(pick(w, 300000));
	return put_text("/proc/sys/vm/drop_caches", chance(w, 50) ? "3" : "2");
}

static inline void hog_start(struct worker *w)
{
	(void)w;
	put_text("/proc/self/oom_score_adj", "1000");
}

static const struct deed hog_deeds[] = {
	{ "hog memory", 4, hog_some },
	{ "drop caches", 1, hog_caches },
	{ }
};

static inline long load_module_now(const char *name, const char *params)
{
	char path[512];
	int err;

	snprintf(path, sizeof(path), "%s/%s.ko", run_mods, name);
	err = insert_module(path, params);
	if (!err)
		__sync_fetch_and_add(&shared->loads, 1);
	return err;
}

/* Sometimes everybody is asked to let go first; dirs, too, keep a module. */
static inline long unload_module_now(struct worker *w, const char *name,
				     const char *const *dirs)
{
	int err, tries = 40;

	if (chance(w, 50))
		shared->quiet = 1;
	do {
		for (int i = 0; shared->quiet && dirs && dirs[i]; i++)
			rmdir(dirs[i]);
		err = remove_module(name);
		if (err != -EWOULDBLOCK && err != -EBUSY)
			break;
		usleep(5000);
	} while (shared->quiet && --tries && !shared->stop);
	shared->quiet = 0;
	if (!err)
		__sync_fetch_and_add(&shared->unloads, 1);
	return err;
}

/* CPU 0 stays; UML has no hotplug, so there this does nothing. */
static inline long hotplug(struct worker *w)
{
	char path[96];

	snprintf(path, sizeof(path), "/sys/devices/system/cpu/cpu%u/online",
		 1 + (unsigned int)pick(w, 3));
	if (access(path, W_OK)) {
		usleep(100000);
		return 0;
	}
	usleep(pick(w, 100000));
	return put_text(path, chance(w, 50) ? "1" : "0");
}

static const struct deed hotplug_deeds[] = {
	{ "switch a CPU", 1, hotplug },
	{ }
};

static const struct role role_hog = { "hog", 1, hog_deeds, hog_start };
static const struct role role_hotplug = { "hotplug", 1, hotplug_deeds, NULL };

static inline unsigned int slowness(void)
{
	const char *slow = getenv("SOFTDEV_SLOW");

	return slow && atoi(slow) > 0 ? atoi(slow) : 1;
}

/* A stuck one: what it is doing, from the kernel's side. */
static inline void show_stuck(unsigned int i)
{
	char path[64], text[4096];

	complain("worker %u (pid %d) has been in \"%s\" for %llu s", i,
		 shared->at[i].pid, shared->at[i].name,
		 (unsigned long long)(now_seconds() - shared->at[i].since));
	snprintf(path, sizeof(path), "/proc/%d/stack", shared->at[i].pid);
	if (get_text(path, text, sizeof(text)) > 0)
		printf("# %s\n", text);
	snprintf(path, sizeof(path), "/proc/%d/wchan", shared->at[i].pid);
	if (get_text(path, text, sizeof(text)) > 0)
		printf("# wchan %s\n", text);
}

static inline unsigned int workers_watch(unsigned int n)
{
	uint64_t start = now_seconds(), limit = 60 * slowness(), next = 15;
	unsigned int alive = n, stuck = 0, i;
	int status;
	pid_t pid;

	while (alive) {
		uint64_t now = now_seconds();

		if (now - start >= run_seconds)
			shared->stop = 1;
		if (now - start >= next && !shared->stop) {
			uint64_t deeds = 0;

			for (i = 0; i < n; i++)
				deeds += shared->at[i].deeds;
			printf("# %llu s, %llu operations\n",
			       (unsigned long long)(now - start),
			       (unsigned long long)deeds);
			next += 15;
		}
		for (i = 0; i < n; i++) {
			if (!shared->at[i].pid ||
			    shared->at[i].since + limit > now)
				continue;
			show_stuck(i);
			stuck++;
			kill(shared->at[i].pid, SIGKILL);
			shared->at[i].since = now;
			if (shared->stop)
				return stuck;
			shared->stop = 1;
		}
		pid = waitpid(-1, &status, WNOHANG);
		if (pid <= 0) {
			usleep(50000);
			continue;
		}
		for (i = 0; i < n; i++) {
			if (shared->at[i].pid != pid)
				continue;
			shared->at[i].pid = 0;
			alive--;
			if (WIFSIGNALED(status) && WTERMSIG(status) != SIGKILL)
				complain("worker %u died of signal %d in \"%s\"",
					 i, WTERMSIG(status),
					 shared->at[i].name);
			else if (WIFSIGNALED(status))
				printf("# worker %u was killed in \"%s\"\n", i,
				       shared->at[i].name);
		}
	}
	return stuck;
}

/*
 * roles ends with one without a name. Returns the exit status: 0 if nobody was
 * stuck or had something to complain of. Prints the counts as
 * "operations N, failed M, loads L, unloads U, faults F".
 */
static inline int workers_main(int argc, char **argv, const struct role *roles)
{
	uint64_t deeds = 0, failures = 0, strikes;
	unsigned int n = 0, i, stuck;
	pid_t pid;
	int opt;

	while ((opt = getopt(argc, argv, "t:s:im:")) != -1) {
		switch (opt) {
		case 't':
			run_seconds = atoi(optarg);
			break;
		case 's':
			run_seed = strtoull(optarg, NULL, 0);
			break;
		case 'i':
			run_inject = !access(injectors[0], R_OK);
			break;
		case 'm':
			run_mods = optarg;
			break;
		default:
			fprintf(stderr, "usage: %s [-t SECONDS] [-s SEED] [-i] [-m MODDIR]\n",
				argv[0]);
			return 2;
		}
	}
	setvbuf(stdout, NULL, _IOLBF, 0);
	shared = apart(0, sizeof(*shared), MAP_SHARED);
	if (run_inject)
		inject_setup(true);
	put_text("/sys/kernel/rcu_expedited", "1");
	for (; roles->name; roles++) {
		for (i = 0; i < (roles->count ? roles->count : 1); i++, n++) {
			shared->at[n].since = now_seconds();
			shared->at[n].name = roles->name;
			pid = fork();
			if (!pid)
				worker_run(roles, n);
			shared->at[n].pid = pid;
		}
	}
	stuck = workers_watch(n);
	strikes = run_inject ? injected() : 0;
	if (run_inject)
		inject_setup(false);
	for (i = 0; i < n; i++) {
		deeds += shared->at[i].deeds;
		failures += shared->at[i].failures;
	}
	printf("operations %llu, failed %llu, loads %llu, unloads %llu, faults %llu\n",
	       (unsigned long long)deeds, (unsigned long long)failures,
	       (unsigned long long)shared->loads,
	       (unsigned long long)shared->unloads,
	       (unsigned long long)(shared->faults + strikes));
	return stuck || shared->oddities || !deeds;
}

#endif /* WORKER_H */
