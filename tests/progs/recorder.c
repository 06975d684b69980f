// SPDX-License-Identifier: GPL-2.0-only
/*
 * recorder: writes checksummed, numbered records on a file system until the
 * disk below it dies, and says afterwards whether one of them was lost.
 *
 *   recorder run DIR LOGDIR SEED WORKERS [SECONDS]
 *   recorder verify DIR LOGDIR CUT [reuse]
 *
 * Each worker is a process with a directory of its own below DIR and a
 * journal in LOGDIR, which must be on something that the cut does not reach
 * (a tmpfs).  What is about to be written goes into the journal before, what
 * was promised (by fsync, fdatasync, O_DSYNC, syncfs) after it.  "run" ends
 * at the first error of the disk, or after SECONDS.
 *
 * "verify" replays the journals.  A record that was promised and not touched
 * since must be there to the byte; where a later write was not promised yet,
 * each byte must be the promised one's or a later one's.  Files that were
 * renamed into place must be one whole generation, not older than the
 * promised one; unlinked ones must stay away once that was promised.
 * It prints what is lost and ends with 0 if that is nothing, 1 otherwise.
 *
 * CUT is when the plug was pulled, in seconds of CLOCK_MONOTONIC, with a
 * fraction.  A machine without power promises nothing, but here it runs on, and there are
 * file systems that answer "done" to an fsync of what they have just thrown
 * away (XFS to that of a directory, after its shutdown).  So what was promised
 * after CUT counts as in flight; "recorder" says how often that was.
 *
 * With "reuse" the file system may hand out freed blocks before what freed
 * them is promised.  ext4 does so with data=writeback (ext4_mb_clear_bb()): if
 * the power goes then, the file that was removed, replaced or punched is back,
 * with another one's contents.  So the contents of such things are not judged.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/falloc.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "records.h"

enum {
	SLOTS = 12,		/* records of a file that is overwritten */
	SLOT_FILES = 4,		/* s0 ... */
	LOG_FILES = 2,		/* l0 ...: only grow */
	WHOLE_FILES = 3,	/* w0 ...: replaced by rename */
	TEMP_FILES = 6,		/* t0 ...: come and go */
	FILES = SLOT_FILES + LOG_FILES + WHOLE_FILES + TEMP_FILES,
	MAX_WHOLE = 40000,
};

/* Odd ones share their blocks with their neighbours. */
static const unsigned int slot_size[SLOT_FILES] = { 1000, 4096, 5003, 16384 };

enum op {
	OP_SLOT = 1,	/* a version of a slot is about to be written */
	OP_PUNCH,	/* a slot is about to become a hole */
	OP_SYNC,	/* the file's contents are promised */
	OP_SYNC_SLOT,	/* the slot's last version is promised */
	OP_APPEND,	/* a record is about to be appended */
	OP_REPLACE,	/* a whole file, safe already, is about to be renamed */
	OP_CREATE,	/* a file is about to be made and filled */
	OP_UNLINK,	/* a file is about to be removed */
	OP_SYNC_DIR,	/* the names in the directory are promised */
	OP_SYNC_ALL,	/* all of it is */
	OP_END,
};

struct entry {
	uint32_t op;
	uint32_t file;
	uint32_t slot;
	uint32_t len;
	uint64_t seq;
	uint64_t time;		/* ns, CLOCK_MONOTONIC */
	uint64_t promised;	/* with OP_END: promises made */
};

static bool is_promise(const struct entry *e)
{
	return e->op == OP_SYNC || e->op == OP_SYNC_SLOT ||
	       e->op == OP_SYNC_DIR || e->op == OP_SYNC_ALL;
}

struct worker {
	unsigned int id;
	uint64_t random;
	uint64_t seq;
	uint64_t promises;
	char dir[4096];
	int dirfd;
	int journal;
	int fd[FILES];		/* slot and log files, kept open */
	int fd_dsync[SLOT_FILES];
	bool there[TEMP_FILES];
	uint8_t *buf;
};

/* What a file of number FILE is. */
static bool is_slots(unsigned int file)
{
	return file < SLOT_FILES;
}

static bool is_log(unsigned int file)
{
	return file >= SLOT_FILES && file < SLOT_FILES + LOG_FILES;
}

static bool is_whole(unsigned int file)
{
	return file >= SLOT_FILES + LOG_FILES && file < FILES - TEMP_FILES;
}

static void file_name(char *name, unsigned int file)
{
	const char *kind = is_slots(file) ? "s" : is_log(file) ? "l" :
			   is_whole(file) ? "w" : "t";

	sprintf(name, "%s%u", kind, file);
}

static void die(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	fputs("recorder: ", stderr);
	vfprintf(stderr, format, args);
	fprintf(stderr, ": %s\n", strerror(errno));
	va_end(args);
	exit(2);
}

static uint64_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000ull + t.tv_nsec;
}

/* The workload */

static volatile sig_atomic_t time_is_up;

static void on_alarm(int sig)
{
	(void)sig;
	time_is_up = 1;
}

static unsigned int pick(struct worker *w, unsigned int n)
{
	return random_next(&w->random) % n;
}

static void note(struct worker *w, enum op op, unsigned int file,
		 unsigned int slot, uint32_t len, uint64_t seq)
{
	struct entry e = {
		.op = op, .file = file, .slot = slot, .len = len, .seq = seq,
		.time = now(),
	};

	if (is_promise(&e))
		w->promises++;
	if (op == OP_END)
		e.promised = w->promises;
	if (write(w->journal, &e, sizeof(e)) != sizeof(e))
		die("cannot write the journal");
}

/* The disk failed under us, as it should some time: the worker's end. */
static void end(struct worker *w, const char *what)
{
	int error = errno;

	note(w, OP_END, 0, 0, error, 0);
	if (error == ENOSPC || error == EINVAL || error == EBADF ||
	    error == ENOENT || error == EEXIST) {
		errno = error;
		die("worker %u: %s", w->id, what);
	}
	exit(0);
}

static void must(struct worker *w, long result, const char *what)
{
	if (result < 0)
		end(w, what);
}

static void put(struct worker *w, int fd, const void *buf, size_t len,
		off_t at, int flags)
{
	struct iovec iov = { .iov_base = (void *)buf, .iov_len = len };
	ssize_t n = pwritev2(fd, &iov, 1, at, flags);

	if (n >= 0 && (size_t)n != len)
		errno = EIO;
	if (n < 0 || (size_t)n != len)
		end(w, "write");
}

static void sync_file(struct worker *w, unsigned int file, int fd)
{
	must(w, pick(w, 2) ? fsync(fd) : fdatasync(fd), "fsync");
	note(w, OP_SYNC, file, 0, 0, 0);
}

static void sync_dir(struct worker *w)
{
	must(w, fsync(w->dirfd), "fsync of the directory");
	note(w, OP_SYNC_DIR, 0, 0, 0, 0);
}

static void do_slot(struct worker *w)
{
	unsigned int file = pick(w, SLOT_FILES), slot = pick(w, SLOTS);
	unsigned int size = slot_size[file], how = pick(w, 8);
	off_t at = (off_t)slot * size;
	uint64_t seq = ++w->seq;

	if (how == 0) {
		note(w, OP_PUNCH, file, slot, size, seq);
		must(w, fallocate(w->fd[file], FALLOC_FL_PUNCH_HOLE |
				  FALLOC_FL_KEEP_SIZE, at, size), "punch");
		if (pick(w, 2))
			sync_file(w, file, w->fd[file]);
		return;
	}
	record_fill(w->buf, size, w->id, file, slot, seq);
	note(w, OP_SLOT, file, slot, size, seq);
	if (how == 1) {
		put(w, w->fd[file], w->buf, size, at, RWF_DSYNC);
		note(w, OP_SYNC_SLOT, file, slot, 0, 0);
	} else if (how <= 3) {
		/* O_DSYNC, and O_DIRECT where the slots are aligned: FUA. */
		put(w, w->fd_dsync[file], w->buf, size, at, 0);
		note(w, OP_SYNC_SLOT, file, slot, 0, 0);
	} else {
		put(w, w->fd[file], w->buf, size, at, 0);
		if (how >= 6)
			sync_file(w, file, w->fd[file]);
	}
}

static void do_log(struct worker *w)
{
	unsigned int file = SLOT_FILES + pick(w, LOG_FILES);
	unsigned int n = 1 + pick(w, 4), len;

	while (n--) {
		len = RECORD_MIN + pick(w, 9000);
		record_fill(w->buf, len, w->id, file, 0, ++w->seq);
		note(w, OP_APPEND, file, 0, len, w->seq);
		errno = EIO;	/* of a write that is short */
		if (write(w->fd[file], w->buf, len) != (ssize_t)len)
			end(w, "append");
	}
	if (pick(w, 4))
		sync_file(w, file, w->fd[file]);
}

static int fill_new(struct worker *w, const char *name, unsigned int file,
		    uint32_t len, uint64_t seq)
{
	int fd = openat(w->dirfd, name, O_CREAT | O_EXCL | O_RDWR, 0600);

	must(w, fd, "create");
	record_fill(w->buf, len, w->id, file, 0, seq);
	put(w, fd, w->buf, len, 0, 0);
	return fd;
}

static void do_whole(struct worker *w)
{
	unsigned int file = SLOT_FILES + LOG_FILES + pick(w, WHOLE_FILES);
	uint32_t len = RECORD_MIN + pick(w, MAX_WHOLE - RECORD_MIN);
	uint64_t seq = ++w->seq;
	char name[16];
	int fd;

	file_name(name, file);
	fd = fill_new(w, "new", file, len, seq);
	must(w, fsync(fd), "fsync");
	note(w, OP_REPLACE, file, 0, len, seq);
	must(w, renameat(w->dirfd, "new", w->dirfd, name), "rename");
	close(fd);
	if (pick(w, 3))
		sync_dir(w);
}

static void do_temp(struct worker *w)
{
	unsigned int n = pick(w, TEMP_FILES), file = FILES - TEMP_FILES + n;
	uint32_t len = RECORD_MIN + pick(w, 12000);
	uint64_t seq = ++w->seq;
	char name[16];
	int fd;

	file_name(name, file);
	if (w->there[n]) {
		note(w, OP_UNLINK, file, 0, 0, seq);
		must(w, unlinkat(w->dirfd, name, 0), "unlink");
	} else {
		note(w, OP_CREATE, file, 0, len, seq);
		fd = fill_new(w, name, file, len, seq);
		sync_file(w, file, fd);
		close(fd);
	}
	w->there[n] = !w->there[n];
	if (pick(w, 3))
		sync_dir(w);
}

/* Nothing is promised of these; they keep the metadata moving. */
static void do_noise(struct worker *w)
{
	unsigned int a = pick(w, 20), b = pick(w, 20);
	char x[32], y[32];
	int fd;

	sprintf(x, "noise/%u", a);
	sprintf(y, "noise/%u", b);
	switch (pick(w, 6)) {
	case 0:
		mkdirat(w->dirfd, x, 0700);
		break;
	case 1:
		unlinkat(w->dirfd, x, pick(w, 2) ? AT_REMOVEDIR : 0);
		break;
	case 2:
		renameat(w->dirfd, x, w->dirfd, y);
		break;
	case 3:
		linkat(w->dirfd, x, w->dirfd, y, 0);
		break;
	case 4:
		symlinkat(x, w->dirfd, y);
		break;
	default:
		fd = openat(w->dirfd, x, O_CREAT | O_RDWR | O_NOFOLLOW, 0600);
		if (fd < 0)
			break;
		if (ftruncate(fd, pick(w, 200000)) ||
		    pwrite(fd, w->buf, 3000, pick(w, 100000)) < 0)
			(void)0;
		close(fd);
	}
}

static void step(struct worker *w)
{
	unsigned int what = pick(w, 100), file;

	if (what < 40) {
		do_slot(w);
	} else if (what < 60) {
		do_log(w);
	} else if (what < 70) {
		do_whole(w);
	} else if (what < 82) {
		do_temp(w);
	} else if (what < 97) {
		do_noise(w);
	} else if (what < 99) {
		file = pick(w, SLOT_FILES + LOG_FILES);
		sync_file(w, file, w->fd[file]);
	} else {
		must(w, syncfs(w->dirfd), "syncfs");
		note(w, OP_SYNC_ALL, 0, 0, 0, 0);
	}
}

static void setup(struct worker *w)
{
	unsigned int file, slot, size;
	char name[16];
	int direct;

	must(w, mkdir(w->dir, 0700), "mkdir");
	w->dirfd = open(w->dir, O_RDONLY | O_DIRECTORY);
	must(w, w->dirfd, "open of the directory");
	must(w, mkdirat(w->dirfd, "noise", 0700), "mkdir");
	/* The way to here has to last, too, before anything is promised. */
	must(w, syncfs(w->dirfd), "syncfs");
	for (file = 0; file < SLOT_FILES + LOG_FILES; file++) {
		file_name(name, file);
		w->fd[file] = openat(w->dirfd, name, O_CREAT | O_EXCL | O_RDWR |
				     (is_log(file) ? O_APPEND : 0), 0600);
		must(w, w->fd[file], "create");
		if (is_log(file))
			continue;
		size = slot_size[file];
		direct = size % 4096 ? 0 : O_DIRECT;
		w->fd_dsync[file] = openat(w->dirfd, name,
					   O_RDWR | O_DSYNC | direct);
		must(w, w->fd_dsync[file], "open");
		for (slot = 0; slot < SLOTS; slot++) {
			record_fill(w->buf, size, w->id, file, slot, ++w->seq);
			note(w, OP_SLOT, file, slot, size, w->seq);
			put(w, w->fd[file], w->buf, size, (off_t)slot * size, 0);
		}
		sync_file(w, file, w->fd[file]);
	}
	sync_dir(w);
}

static void journal_name(char *path, const char *dir, unsigned int id)
{
	snprintf(path, 4096, "%s/journal.%u", dir, id);
}

static void work(const char *dir, const char *logdir, uint64_t seed,
		 unsigned int id)
{
	struct worker w = { .id = id, .random = seed * 1000003 + id + 1 };
	char path[4096];

	snprintf(w.dir, sizeof(w.dir), "%s/worker%u", dir, id);
	journal_name(path, logdir, id);
	w.journal = open(path, O_CREAT | O_TRUNC | O_WRONLY | O_APPEND, 0600);
	if (w.journal < 0)
		die("%s", path);
	if (posix_memalign((void **)&w.buf, 4096, MAX_WHOLE + 4096))
		die("memory");
	setup(&w);
	while (!time_is_up)
		step(&w);
	errno = 0;
	note(&w, OP_END, 0, 0, 0, 0);
	exit(0);
}

static int run(char **argv, int argc)
{
	unsigned int n = atoi(argv[3]), id;
	int status, rc = 0;

	signal(SIGALRM, on_alarm);
	signal(SIGTERM, on_alarm);
	for (id = 0; id < n; id++) {
		switch (fork()) {
		case -1:
			die("fork");
			break;
		case 0:
			if (argc > 4)
				alarm(atoi(argv[4]));
			work(argv[0], argv[1], strtoull(argv[2], NULL, 0), id);
		}
	}
	while (n) {
		if (wait(&status) < 0)
			continue;
		n--;
		if (!WIFEXITED(status) || WEXITSTATUS(status))
			rc = 2;
	}
	return rc;
}

/* The check */

struct version {
	uint64_t seq;	/* 0: a hole, or no file */
	uint32_t len;
	bool safe;	/* its contents (not its name) are promised */
};

/*
 * The versions that something may have: the first is the promised one (if
 * any was), the others came later.
 */
struct thing {
	bool promised;
	unsigned int n, max;
	struct version *v;
};

struct log_record {
	uint64_t seq;
	uint32_t len;
};

struct check {
	unsigned int id;
	const char *dir;
	struct thing slot[SLOT_FILES][SLOTS];
	struct thing file[FILES];	/* whole and temp */
	bool name_promised[FILES];	/* slot and log files */
	struct log_record *log[LOG_FILES];
	size_t logged[LOG_FILES], log_promised[LOG_FILES];
	uint64_t last_sync[FILES], last_names, ended;
	unsigned long checked, lost, promises, late;
};

static uint64_t cut;	/* when it was */
static bool reuse;	/* of blocks whose freeing is not promised */

static uint8_t got[MAX_WHOLE + 4096], want[MAX_WHOLE + 4096];

static void add_version(struct thing *t, uint64_t seq, uint32_t len)
{
	if (t->n == t->max) {
		t->max = t->max ? 2 * t->max : 8;
		t->v = realloc(t->v, t->max * sizeof(*t->v));
		if (!t->v)
			die("memory");
	}
	t->v[t->n++] = (struct version){ .seq = seq, .len = len };
}

/* The last one is promised: those before it are history. */
static void promise(struct thing *t)
{
	if (!t->n)
		return;
	t->v[0] = t->v[t->n - 1];
	t->n = 1;
	t->promised = true;
}

static void promise_contents(struct check *c, unsigned int file)
{
	unsigned int i;

	if (is_slots(file)) {
		for (i = 0; i < SLOTS; i++)
			promise(&c->slot[file][i]);
	} else if (is_log(file)) {
		i = file - SLOT_FILES;
		c->log_promised[i] = c->logged[i];
	} else if (c->file[file].n) {
		c->file[file].v[c->file[file].n - 1].safe = true;
	}
}

static void promise_names(struct check *c)
{
	unsigned int i;

	for (i = 0; i < FILES; i++) {
		promise(&c->file[i]);
		c->name_promised[i] = true;
	}
}

static void replay(struct check *c, const struct entry *e)
{
	unsigned int i, file = e->file;

	if (is_promise(e) && e->time >= cut) {
		c->late++;
		return;
	}
	if (e->op == OP_SYNC || e->op == OP_SYNC_SLOT)
		c->last_sync[file] = e->time;
	if (e->op == OP_SYNC_DIR || e->op == OP_SYNC_ALL)
		c->last_names = e->time;
	if (e->op == OP_END)
		c->ended = e->time;
	switch (e->op) {
	case OP_SLOT:
		add_version(&c->slot[file][e->slot], e->seq, e->len);
		break;
	case OP_PUNCH:
		add_version(&c->slot[file][e->slot], 0, e->len);
		break;
	case OP_SYNC:
		promise_contents(c, file);
		break;
	case OP_SYNC_SLOT:
		promise(&c->slot[file][e->slot]);
		break;
	case OP_APPEND:
		i = file - SLOT_FILES;
		c->log[i] = realloc(c->log[i], (c->logged[i] + 1) *
				    sizeof(*c->log[i]));
		if (!c->log[i])
			die("memory");
		c->log[i][c->logged[i]++] = (struct log_record){
			.seq = e->seq, .len = e->len };
		break;
	case OP_REPLACE:
		add_version(&c->file[file], e->seq, e->len);
		promise_contents(c, file);
		break;
	case OP_CREATE:
		add_version(&c->file[file], e->seq, e->len);
		break;
	case OP_UNLINK:
		add_version(&c->file[file], 0, 0);
		break;
	case OP_SYNC_DIR:
		promise_names(c);
		break;
	case OP_SYNC_ALL:
		for (i = 0; i < FILES; i++)
			promise_contents(c, i);
		promise_names(c);
		break;
	case OP_END:
		c->promises = e->promised;
	}
}

static void lost(struct check *c, unsigned int file, const char *format, ...)
{
	char name[16];
	va_list args;

	if (c->lost++ >= 10)
		return;
	file_name(name, file);
	printf("lost: worker%u/%s: ", c->id, name);
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	printf(" (last promises: contents %.3f, names %.3f; the end %.3f)\n",
	       c->last_sync[file] / 1e9, c->last_names / 1e9, c->ended / 1e9);
}

static int open_file(struct check *c, unsigned int file)
{
	char path[4200], name[16];

	file_name(name, file);
	snprintf(path, sizeof(path), "%s/worker%u/%s", c->dir, c->id, name);
	return open(path, O_RDONLY);
}

static void make_version(struct check *c, unsigned int file, unsigned int slot,
			 const struct version *v)
{
	if (v->seq)
		record_fill(want, v->len, c->id, file, slot, v->seq);
	else
		memset(want, 0, v->len);
}

static void check_slot(struct check *c, unsigned int file, unsigned int slot,
		       int fd)
{
	struct thing *t = &c->slot[file][slot];
	unsigned int size = slot_size[file], i, j;
	static uint8_t good[16384];
	char found[128];
	ssize_t n;

	if (!t->promised)
		return;
	for (i = 1; i < t->n && reuse; i++) {
		if (!t->v[i].seq)
			return;
	}
	c->checked++;
	n = pread(fd, got, size, (off_t)slot * size);
	if (n != (ssize_t)size) {
		lost(c, file, "slot %u: %zd of %u bytes (%s)", slot, n, size,
		     n < 0 ? strerror(errno) : "short");
		return;
	}
	memset(good, 0, sizeof(good));
	for (i = 0; i < t->n; i++) {
		make_version(c, file, slot, &t->v[i]);
		for (j = 0; j < size; j++)
			good[j] |= got[j] == want[j];
	}
	for (j = 0; j < size && good[j]; j++)
		;
	if (j == size)
		return;
	record_describe(got, size, found, sizeof(found));
	lost(c, file, "slot %u: promised %llu (%u later ones), wrong at byte %u; there is %s",
	     slot, (unsigned long long)t->v[0].seq, t->n - 1, j, found);
}

static void check_slots(struct check *c, unsigned int file)
{
	unsigned int slot;
	int fd = open_file(c, file);

	if (fd < 0) {
		if (c->name_promised[file])
			lost(c, file, "%s", strerror(errno));
		return;
	}
	for (slot = 0; slot < SLOTS && c->name_promised[file]; slot++)
		check_slot(c, file, slot, fd);
	close(fd);
}

static void check_log(struct check *c, unsigned int file)
{
	unsigned int i = file - SLOT_FILES;
	int fd = open_file(c, file);
	char found[128];
	uint32_t len;
	size_t k;

	if (fd < 0) {
		if (c->name_promised[file])
			lost(c, file, "%s", strerror(errno));
		return;
	}
	for (k = 0; k < c->log_promised[i] && c->name_promised[file]; k++) {
		len = c->log[i][k].len;
		c->checked++;
		if (read(fd, got, len) != (ssize_t)len) {
			lost(c, file, "ends before record %llu (%zu of %zu)",
			     (unsigned long long)c->log[i][k].seq, k + 1,
			     c->log_promised[i]);
			break;
		}
		record_fill(want, len, c->id, file, 0, c->log[i][k].seq);
		if (!memcmp(got, want, len))
			continue;
		record_describe(got, len, found, sizeof(found));
		lost(c, file, "record %llu (%zu of %zu) differs; there is %s",
		     (unsigned long long)c->log[i][k].seq, k + 1,
		     c->log_promised[i], found);
	}
	close(fd);
}

/* One of its generations, whole, or absent where that is one of them. */
static void check_file(struct check *c, unsigned int file)
{
	struct thing *t = &c->file[file];
	int fd = open_file(c, file);
	bool absent_ok = !t->promised;
	char found[128];
	unsigned int i;
	ssize_t n = 0;

	c->checked += t->promised;
	if (fd >= 0) {
		n = read(fd, got, sizeof(got));
		close(fd);
	} else if (errno != ENOENT) {
		lost(c, file, "%s", strerror(errno));
		return;
	}
	if (fd >= 0 && reuse && t->n > 1)
		return;
	for (i = 0; i < t->n; i++) {
		const struct version *v = &t->v[i];

		if (!v->seq) {
			absent_ok = true;
			continue;
		}
		if (fd < 0)
			continue;
		if (!v->safe)
			return;
		make_version(c, file, 0, v);
		if (n == v->len && !memcmp(got, want, n))
			return;
	}
	if (fd < 0 && absent_ok)
		return;
	if (n > 0)
		record_describe(got, n, found, sizeof(found));
	else
		strcpy(found, "nothing");
	lost(c, file, "promised %lld (%d others possible); there is %s, %zd bytes",
	     t->promised ? (long long)t->v[0].seq : -1LL,
	     t->promised ? (int)t->n - 1 : (int)t->n, found,
	     fd < 0 ? -1 : n);
}

static bool verify_worker(struct check *c, const char *logdir)
{
	char path[4096];
	struct entry e;
	unsigned int i;
	FILE *in;

	journal_name(path, logdir, c->id);
	in = fopen(path, "r");
	if (!in)
		return false;
	while (fread(&e, sizeof(e), 1, in) == 1)
		replay(c, &e);
	fclose(in);
	for (i = 0; i < FILES; i++) {
		if (is_slots(i))
			check_slots(c, i);
		else if (is_log(i))
			check_log(c, i);
		else
			check_file(c, i);
	}
	return true;
}

static int verify(const char *dir, const char *logdir)
{
	unsigned long checked = 0, gone = 0, promises = 0, late = 0;
	unsigned int id;

	for (id = 0;; id++) {
		struct check *c = calloc(1, sizeof(*c));

		if (!c)
			die("memory");
		c->id = id;
		c->dir = dir;
		if (!verify_worker(c, logdir))
			break;
		checked += c->checked;
		gone += c->lost;
		promises += c->promises;
		late += c->late;
	}
	if (!id) {
		fprintf(stderr, "recorder: no journal in %s\n", logdir);
		return 2;
	}
	printf("%lu records checked, %lu lost, %lu promises, %lu after the cut\n",
	       checked, gone, promises, late);
	return gone ? 1 : 0;
}

int main(int argc, char **argv)
{
	setvbuf(stdout, NULL, _IOLBF, 0);
	if (argc >= 6 && !strcmp(argv[1], "run"))
		return run(argv + 2, argc - 2);
	reuse = argc == 6 && !strcmp(argv[1], "verify") &&
		!strcmp(argv[5], "reuse");
	if ((argc == 5 || reuse) && !strcmp(argv[1], "verify")) {
		cut = strtod(argv[4], NULL) * 1e6;
		cut *= 1000;
		return verify(argv[2], argv[3]);
	}
	fprintf(stderr, "usage: recorder run DIR LOGDIR SEED WORKERS [SECONDS]\n"
		"       recorder verify DIR LOGDIR CUT [reuse]\n");
	return 2;
}
