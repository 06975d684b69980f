// SPDX-License-Identifier: GPL-2.0-only
/*
 * biobench: submits bios to a disk from kernel threads and says how long they
 * took, so that a disk's driver is measured without system calls.
 *
 *	echo "PATH op=randread depth=128 batch=32 bs=4096 cpus=1 ms=500
 *		slots=0 seed=1 count=0" >/proc/biobench && cat /proc/biobench
 *
 * PATH may be several, with commas in between: bios go to these disks of one
 * size in turn. op is read, write, randread or randwrite. There is one thread on each of
 * @cpus CPUs, with @depth bios, of which up to @batch are submitted under one
 * plug. @slots divides the disk evenly; only the first block of each slot is
 * used (0: all blocks), so that a disk of any size can have a working set of
 * one size. @blocks is how much of the disk is used, from its start (0: all).
 * After @count bios a thread stops, or (0) after @ms.
 * Reading gives "BIOS BYTES NANOSECONDS ERRORS", the time being the mean of
 * the threads'.
 *
 * One file, opened by one process at a time; a measurement belongs to it.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/bio.h>
#include <linux/blkdev.h>
#include <linux/completion.h>
#include <linux/cpumask.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/kthread.h>
#include <linux/llist.h>
#include <linux/math64.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/proc_fs.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>
#include <linux/wait.h>

#define BIOBENCH_MAX_DEPTH	1024
#define BIOBENCH_MAX_PAGES	256
#define BIOBENCH_MAX_DISKS	256
#define BIOBENCH_MAX_TEXT	8192
/* Threads look at the clock that seldom. */
#define BIOBENCH_CLOCK_EVERY	16

struct biobench_job {
	struct block_device **bdevs;
	unsigned int disks;
	blk_opf_t opf;
	bool random;
	unsigned int depth;
	unsigned int batch;
	unsigned int bs;
	unsigned int cpus;
	unsigned int ms;
	u64 slots;
	u64 blocks;
	u64 seed;
	u64 count;
	u64 stride;	/* sectors from a slot to the next */
};

struct biobench_thread;

struct biobench_bio {
	struct bio bio;
	struct llist_node node;
	struct biobench_thread *thread;
	struct page *page;
	/* One bio_vec: the buffer is one allocation, physically contiguous. */
	struct bio_vec vec;
};

/*
 * @done takes bios from the completion (any context) to the thread, which
 * waits on @wait when all of its bios are out. @errors is added to by
 * completions. Everything else is the thread's own until @finished.
 */
struct biobench_thread {
	const struct biobench_job *job;
	struct task_struct *task;
	struct completion finished;
	struct llist_head done;
	wait_queue_head_t wait;
	atomic_t errors;
	u64 bios;
	u64 ns;
	u64 rnd;
	u64 next;
	unsigned int disk;
	struct biobench_bio *pool;
};

/* Protects the result and serialises measurements. */
static DEFINE_MUTEX(biobench_lock);
static u64 biobench_result[4];

static void biobench_end_io(struct bio *bio)
{
	struct biobench_bio *b = container_of(bio, struct biobench_bio, bio);
	struct biobench_thread *t = b->thread;

	/* Once the last bio is on the list, only RCU keeps the thread's data. */
	rcu_read_lock();
	if (bio->bi_status)
		atomic_inc(&t->errors);
	/* Fully ordered: pairs with the check in wait_event(). */
	llist_add(&b->node, &t->done);
	if (wq_has_sleeper(&t->wait))
		wake_up(&t->wait);
	rcu_read_unlock();
}

static u64 biobench_slot(struct biobench_thread *t)
{
	const struct biobench_job *job = t->job;
	u64 slot;

	if (!job->random) {
		slot = t->next++;
		if (t->next == job->slots)
			t->next = 0;
		return slot;
	}
	/* xorshift64: cheap next to a bio, and the same on every machine. */
	t->rnd ^= t->rnd << 13;
	t->rnd ^= t->rnd >> 7;
	t->rnd ^= t->rnd << 17;
	return mul_u64_u64_shr(t->rnd, job->slots, 64);
}

static void biobench_submit(struct biobench_thread *t, struct biobench_bio *b)
{
	const struct biobench_job *job = t->job;

	bio_init(&b->bio, job->bdevs[t->disk], &b->vec, 1, job->opf);
	if (++t->disk == job->disks)
		t->disk = 0;
	b->bio.bi_end_io = biobench_end_io;
	b->bio.bi_iter.bi_sector = biobench_slot(t) * job->stride;
	__bio_add_page(&b->bio, b->page, job->bs, 0);
	submit_bio(&b->bio);
}

static void biobench_loop(struct biobench_thread *t)
{
	const struct biobench_job *job = t->job;
	struct llist_node *ready = NULL;
	u64 start = ktime_get_ns();
	u64 end = start + (u64)job->ms * NSEC_PER_MSEC;
	unsigned int out = 0, rounds = 0, i, n;
	struct blk_plug plug;
	bool more = true;

	for (i = 0; i < job->depth; i++) {
		t->pool[i].node.next = ready;
		ready = &t->pool[i].node;
	}
	for (;;) {
		if (!ready) {
			wait_event(t->wait, !llist_empty(&t->done));
			ready = llist_del_all(&t->done);
		}
		n = 0;
		blk_start_plug(&plug);
		while (ready && n < job->batch && more) {
			struct biobench_bio *b = llist_entry(ready,
					struct biobench_bio, node);

			ready = ready->next;
			biobench_submit(t, b);
			n++;
			t->bios++;
			if (job->count && t->bios >= job->count)
				more = false;
		}
		blk_finish_plug(&plug);
		out += n;
		if (!more)
			break;
		if (!(++rounds % BIOBENCH_CLOCK_EVERY)) {
			cond_resched();
			if (!job->count && ktime_get_ns() >= end)
				more = false;
		}
		/* What is back already, in the order of its completion. */
		if (!ready)
			ready = llist_reverse_order(llist_del_all(&t->done));
	}

	/* Idle ones are on ready and on done; the others are to be awaited. */
	n = job->depth;
	while (ready) {
		ready = ready->next;
		n--;
	}
	while (n) {
		wait_event(t->wait, !llist_empty(&t->done));
		for (ready = llist_del_all(&t->done); ready; ready = ready->next)
			n--;
	}
	t->ns = ktime_get_ns() - start;
}

static int biobench_fn(void *data)
{
	struct biobench_thread *t = data;

	biobench_loop(t);
	/* Not a return: the module may be gone by then. */
	kthread_complete_and_exit(&t->finished, 0);
}

static void biobench_free(struct biobench_thread *t)
{
	unsigned int i;

	if (!t->pool)
		return;
	for (i = 0; i < t->job->depth; i++) {
		if (t->pool[i].page)
			__free_pages(t->pool[i].page, get_order(t->job->bs));
	}
	kvfree(t->pool);
}

static int biobench_prepare(struct biobench_thread *t,
			    const struct biobench_job *job, unsigned int i)
{
	unsigned int k;

	t->job = job;
	t->rnd = (job->seed + i) * 0x9e3779b97f4a7c15ULL | 1;
	t->next = div_u64(job->slots, job->cpus) * i;
	init_completion(&t->finished);
	init_llist_head(&t->done);
	init_waitqueue_head(&t->wait);
	t->pool = kvcalloc(job->depth, sizeof(*t->pool), GFP_KERNEL);
	if (!t->pool)
		return -ENOMEM;
	for (k = 0; k < job->depth; k++) {
		t->pool[k].thread = t;
		t->pool[k].page = alloc_pages(GFP_KERNEL | __GFP_ZERO,
					      get_order(job->bs));
		if (!t->pool[k].page)
			return -ENOMEM;
	}
	return 0;
}

static int biobench_start(struct biobench_thread *t, unsigned int cpu)
{
	t->task = kthread_create(biobench_fn, t, "biobench/%u", cpu);
	if (IS_ERR(t->task))
		return PTR_ERR(t->task);
	kthread_bind(t->task, cpu);
	return 0;
}

static int biobench_measure(const struct biobench_job *job)
{
	struct biobench_thread *threads;
	unsigned int i, made = 0, cpu;
	u64 bios = 0, ns = 0, errors = 0;
	int err = 0;

	threads = kcalloc(job->cpus, sizeof(*threads), GFP_KERNEL);
	if (!threads)
		return -ENOMEM;
	cpu = cpumask_first(cpu_online_mask);
	for (i = 0; i < job->cpus && !err; i++) {
		err = biobench_prepare(&threads[i], job, i);
		if (!err)
			err = biobench_start(&threads[i], cpu);
		if (!err)
			made++;
		cpu = cpumask_next(cpu, cpu_online_mask);
	}
	/* A thread that never ran is stopped before its function begins. */
	for (i = 0; i < made; i++) {
		if (err)
			kthread_stop(threads[i].task);
		else
			wake_up_process(threads[i].task);
	}
	for (i = 0; i < made && !err; i++) {
		wait_for_completion(&threads[i].finished);
		bios += threads[i].bios;
		ns += threads[i].ns;
		errors += atomic_read(&threads[i].errors);
	}
	synchronize_rcu();
	for (i = 0; i < job->cpus; i++)
		biobench_free(&threads[i]);
	kfree(threads);
	if (err)
		return err;
	biobench_result[0] = bios;
	biobench_result[1] = bios * job->bs;
	biobench_result[2] = div_u64(ns, job->cpus);
	biobench_result[3] = errors;
	return 0;
}

static int biobench_op(struct biobench_job *job, const char *op)
{
	job->random = !strncmp(op, "rand", 4);
	if (job->random)
		op += 4;
	if (!strcmp(op, "read"))
		job->opf = REQ_OP_READ;
	else if (!strcmp(op, "write"))
		job->opf = REQ_OP_WRITE | REQ_SYNC | REQ_IDLE;
	else
		return -EINVAL;
	return 0;
}

static int biobench_option(struct biobench_job *job, char *word)
{
	char *value = strchr(word, '=');
	u64 n;

	if (!value)
		return -EINVAL;
	*value++ = '\0';
	if (!strcmp(word, "op"))
		return biobench_op(job, value);
	if (kstrtou64(value, 0, &n))
		return -EINVAL;
	if (!strcmp(word, "slots"))
		job->slots = n;
	else if (!strcmp(word, "blocks"))
		job->blocks = n;
	else if (!strcmp(word, "seed"))
		job->seed = n;
	else if (!strcmp(word, "count"))
		job->count = n;
	else if (n > UINT_MAX)
		return -ERANGE;
	else if (!strcmp(word, "depth"))
		job->depth = n;
	else if (!strcmp(word, "batch"))
		job->batch = n;
	else if (!strcmp(word, "bs"))
		job->bs = n;
	else if (!strcmp(word, "cpus"))
		job->cpus = n;
	else if (!strcmp(word, "ms"))
		job->ms = n;
	else
		return -EINVAL;
	return 0;
}

static int biobench_check(struct biobench_job *job)
{
	unsigned int per_block = job->bs >> SECTOR_SHIFT;
	u64 sectors = U64_MAX;
	u64 blocks;
	unsigned int i;

	if (!job->depth || job->depth > BIOBENCH_MAX_DEPTH || !job->batch ||
	    !job->cpus || job->cpus > num_online_cpus() || !job->bs ||
	    job->bs > BIOBENCH_MAX_PAGES * PAGE_SIZE)
		return -EINVAL;
	for (i = 0; i < job->disks; i++) {
		if (job->bs % bdev_logical_block_size(job->bdevs[i]))
			return -EINVAL;
		sectors = min_t(u64, sectors, bdev_nr_sectors(job->bdevs[i]));
	}
	blocks = div_u64(sectors, per_block);
	if (job->blocks)
		blocks = min(blocks, job->blocks);
	if (!blocks || job->slots > blocks)
		return -ERANGE;
	if (!job->slots)
		job->slots = blocks;
	job->stride = div64_u64(blocks, job->slots) * per_block;
	return 0;
}

static int biobench_open(struct biobench_job *job, char *paths,
			 struct file **files)
{
	struct file *file;
	char *path;

	while ((path = strsep(&paths, ","))) {
		if (job->disks == BIOBENCH_MAX_DISKS)
			return -E2BIG;
		file = filp_open(path, O_RDWR, 0);
		if (IS_ERR(file))
			return PTR_ERR(file);
		files[job->disks] = file;
		if (S_ISBLK(file_inode(file)->i_mode))
			job->bdevs[job->disks] = I_BDEV(file->f_mapping->host);
		job->disks++;
		if (!job->bdevs[job->disks - 1])
			return -ENOTBLK;
	}
	return 0;
}

static int biobench_with_disks(struct biobench_job *job, char *paths)
{
	struct file **files;
	unsigned int i;
	int err = -ENOMEM;

	files = kcalloc(BIOBENCH_MAX_DISKS, sizeof(*files), GFP_KERNEL);
	job->bdevs = kcalloc(BIOBENCH_MAX_DISKS, sizeof(*job->bdevs),
			     GFP_KERNEL);
	if (files && job->bdevs) {
		err = biobench_open(job, paths, files);
		if (!err)
			err = biobench_check(job);
		if (!err)
			err = biobench_measure(job);
		for (i = 0; i < job->disks; i++)
			filp_close(files[i], NULL);
	}
	kfree(job->bdevs);
	kfree(files);
	return err;
}

static int biobench_run(char *text)
{
	struct biobench_job job = {
		.opf = REQ_OP_READ, .random = true, .depth = 128, .batch = 32,
		.bs = 4096, .cpus = 1, .ms = 500, .seed = 1,
	};
	char *paths = NULL, *word;
	int err = 0;

	while (!err && (word = strsep(&text, " \t\n"))) {
		if (!*word)
			continue;
		if (!paths)
			paths = word;
		else
			err = biobench_option(&job, word);
	}
	if (err)
		return err;
	return paths ? biobench_with_disks(&job, paths) : -EINVAL;
}

static ssize_t biobench_write(struct file *file, const char __user *from,
			      size_t count, loff_t *pos)
{
	char *text;
	int err;

	if (count > BIOBENCH_MAX_TEXT)
		return -EINVAL;
	text = memdup_user_nul(from, count);
	if (IS_ERR(text))
		return PTR_ERR(text);
	mutex_lock(&biobench_lock);
	err = biobench_run(text);
	mutex_unlock(&biobench_lock);
	kfree(text);
	return err ? err : count;
}

static ssize_t biobench_read(struct file *file, char __user *to, size_t count,
			     loff_t *pos)
{
	char text[96];
	int n;

	mutex_lock(&biobench_lock);
	n = scnprintf(text, sizeof(text), "%llu %llu %llu %llu\n",
		      biobench_result[0], biobench_result[1],
		      biobench_result[2], biobench_result[3]);
	mutex_unlock(&biobench_lock);
	return simple_read_from_buffer(to, count, pos, text, n);
}

static const struct proc_ops biobench_proc_ops = {
	.proc_read = biobench_read,
	.proc_write = biobench_write,
	.proc_lseek = default_llseek,
};

static int __init biobench_init(void)
{
	if (!proc_create("biobench", 0600, NULL, &biobench_proc_ops))
		return -ENOMEM;
	return 0;
}

static void __exit biobench_exit(void)
{
	remove_proc_entry("biobench", NULL);
}

module_init(biobench_init);
module_exit(biobench_exit);

MODULE_DESCRIPTION("softdev: measures disks by bios from kernel threads");
MODULE_LICENSE("GPL");
