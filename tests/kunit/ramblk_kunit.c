// SPDX-License-Identifier: GPL-2.0
/*
 * The logic of ramblk against models that keep a stamp for every sector: trees,
 * write cache, power cuts, snapshots, bad blocks; random operations, memory
 * that fails. insmod ramblk_kunit.ko seed=N repeats a run.
 */
#include <kunit/test.h>
#include <linux/gfp.h>
#include <linux/kthread.h>
#include <linux/module.h>
#include <linux/prandom.h>
#include <linux/random.h>
#include <linux/slab.h>

/* Allocation fails one time in so many; 0 for never. */
static unsigned int fail_every;
static struct rnd_state rnd;
/* Pages and nodes that exist. */
static atomic_long_t pages_out = ATOMIC_LONG_INIT(0);
static atomic_long_t nodes_out = ATOMIC_LONG_INIT(0);

static bool fails(void)
{
	return fail_every && !(prandom_u32_state(&rnd) % fail_every);
}

static struct page *test_alloc_pages(int nid, gfp_t gfp, unsigned int order)
{
	struct page *page = fails() ? NULL : alloc_pages_node(nid, gfp, order);

	if (page)
		atomic_long_add(1L << order, &pages_out);
	return page;
}

static void test_free_page(struct page *page)
{
	atomic_long_dec(&pages_out);
	__free_page(page);
}

static void *test_alloc_node(struct kmem_cache *cache, gfp_t gfp, int nid)
{
	void *node = fails() ? NULL : kmem_cache_alloc_node(cache, gfp, nid);

	if (node)
		atomic_long_inc(&nodes_out);
	return node;
}

static void test_free_node(struct kmem_cache *cache, void *node)
{
	atomic_long_dec(&nodes_out);
	kmem_cache_free(cache, node);
}

#undef alloc_pages_node
#undef __free_page
#undef kmem_cache_alloc_node
#undef kmem_cache_free
#define alloc_pages_node	test_alloc_pages
#define __free_page		test_free_page
#define kmem_cache_alloc_node	test_alloc_node
#define kmem_cache_free		test_free_node

#include "../../drivers/ramblk/mem.c"
#include "../../drivers/ramblk/tree.c"
#include "../../drivers/ramblk/store.c"
#include "../../drivers/ramblk/cache.c"
#include "../../drivers/ramblk/snapshot.c"
#include "../../drivers/ramblk/ranges.c"

static unsigned long long seed;
module_param(seed, ullong, 0444);
MODULE_PARM_DESC(seed, "seed of the random operations, 0 for a new one");

#define WINDOWS		6
#define SECTORS		256	/* of a window */
#define MODEL		(WINDOWS * SECTORS)
#define SNAPSHOTS	4
#define BIG		BIT_ULL(45)

/* Where the model looks: edges of leaves, of subtrees and of the disk. */
static const u64 windows[WINDOWS] = {
	0,
	(1ULL << 18) - 65536,
	(1ULL << 24) - 65536,
	(1ULL << 30) - 65536,
	(1ULL << 42) - 65536,
	BIG - 131072,
};

struct snapshot_model {
	bool there;
	u64 size;
	u32 stamp[MODEL];
};

struct model {
	struct kunit *test;
	struct ramblk_store *s;
	struct list_head snapshots;
	struct ramblk_mag mag;
	bool cached;
	unsigned int unit_shift;
	u64 size;
	u32 next;
	u32 live[MODEL];
	u32 durable[MODEL];
	struct snapshot_model snap[SNAPSHOTS];
	u8 *buf;
};

/* Sectors filled with a stamp, or checked for one. */
struct stamps {
	struct ramblk_copy c;
	u32 *stamp;
	unsigned int at;
	u8 *buf;
};

static void stamps_copy(struct ramblk_copy *c, void *mem, unsigned int len)
{
	struct stamps *st = container_of(c, struct stamps, c);

	for (; len; len--, mem++, st->at++) {
		u32 stamp = st->stamp[st->at / SECTOR_SIZE];

		*(u8 *)mem = stamp >> (8 * (st->at % 4));
	}
}

static void stamps_read(struct ramblk_copy *c, void *mem, unsigned int len)
{
	struct stamps *st = container_of(c, struct stamps, c);

	if (mem)
		memcpy(st->buf + st->at, mem, len);
	else
		memset(st->buf + st->at, 0, len);
	st->at += len;
}

static u64 place(unsigned int sector)
{
	return windows[sector / SECTORS] +
	       (sector % SECTORS) * (u64)SECTOR_SIZE;
}

/* Does the store hold what the model says, to the byte? */
static void check(struct model *m, const char *after)
{
	unsigned int w, i;

	for (w = 0; w < WINDOWS; w++) {
		struct stamps st = { .c.copy = stamps_read, .buf = m->buf };

		if (windows[w] + SECTORS * SECTOR_SIZE > m->size)
			continue;
		ramblk_read(m->s, windows[w],
			    windows[w] + SECTORS * SECTOR_SIZE, &st.c);
		for (i = 0; i < SECTORS * SECTOR_SIZE; i++) {
			u32 stamp = m->live[w * SECTORS + i / SECTOR_SIZE];

			if (m->buf[i] == (u8)(stamp >> (8 * (i % 4))))
				continue;
			KUNIT_FAIL(m->test,
				   "after %s: window %u sector %u byte %u: %02x, should be of %u\n",
				   after, w, i / 512, i % 512, m->buf[i],
				   stamp);
			return;
		}
	}
}

static int seen_one(void *ctx, u64 index, struct page *a, struct page *b)
{
	struct xarray *xa = ctx;

	if (!a)
		return 0;
	return xa_err(xa_store(xa, page_to_pfn(a), a, GFP_KERNEL));
}

/* Are the pages counted those that can be reached? */
static void check_pages(struct model *m)
{
	static const struct ramblk_tree none = { .levels = 1 };
	struct ramblk_snapshot *snap;
	struct xarray xa;
	unsigned long i;
	void *entry;
	long nr = 0;

	xa_init(&xa);
	ramblk_reap_wait(m->s);
	ramblk_diff(&m->s->live, &none, seen_one, &xa);
	if (m->cached)
		ramblk_diff(&m->s->durable, &none, seen_one, &xa);
	list_for_each_entry(snap, &m->snapshots, list)
		ramblk_diff(&snap->tree, &none, seen_one, &xa);
	xa_for_each(&xa, i, entry)
		nr++;
	xa_destroy(&xa);
	KUNIT_EXPECT_EQ(m->test, atomic_long_read(&m->s->pages), nr);
}

/* For what starts over when a single allocation fails. */
static unsigned int fail_seldom(void)
{
	unsigned int often = fail_every;

	if (often)
		fail_every = 300;
	return often;
}

static u32 rnd_below(u32 n)
{
	return prandom_u32_state(&rnd) % n;
}

/* A range of the model's sectors, in one window that is on the disk. */
static void pick(struct model *m, unsigned int *first, unsigned int *nr)
{
	unsigned int w;

	do {
		w = rnd_below(WINDOWS);
	} while (windows[w] + SECTORS * SECTOR_SIZE > m->size);
	switch (rnd_below(3)) {
	case 0:
		*nr = 1 + rnd_below(8);
		break;
	case 1:
		*nr = 8 << rnd_below(4);
		break;
	default:
		*nr = 1 + rnd_below(SECTORS);
	}
	*first = rnd_below(SECTORS - *nr + 1);
	if (rnd_below(2))
		*first = round_down(*first, 8);
	*first += w * SECTORS;
}

/* As the driver does it: at once, else from where memory can be had. */
static int perform(struct model *m, unsigned int first, unsigned int nr,
		   struct stamps *st, unsigned int flags, bool zero)
{
	u64 pos = place(first);
	u64 end = pos + nr * (u64)SECTOR_SIZE;
	int err;

	err = zero ? ramblk_zero(m->s, &pos, end, flags, NULL) :
		     ramblk_write(m->s, &pos, end, &st->c, flags, NULL);
	while (err == -ENOMEM) {
		err = ramblk_mag_fill(m->s, &m->mag);
		if (err) {
			err = -ENOMEM;
			continue;
		}
		err = zero ? ramblk_zero(m->s, &pos, end, flags, &m->mag) :
			     ramblk_write(m->s, &pos, end, &st->c, flags,
					  &m->mag);
	}
	KUNIT_EXPECT_EQ(m->test, err, 0);
	KUNIT_EXPECT_EQ(m->test, pos, end);
	return err;
}

static void do_write(struct model *m)
{
	unsigned int flags = rnd_below(4) ? 0 : RAMBLK_FUA;
	unsigned int first, nr, i;
	struct stamps st = { .c.copy = stamps_copy };

	pick(m, &first, &nr);
	for (i = 0; i < nr; i++) {
		m->live[first + i] = ++m->next;
		if (flags)
			m->durable[first + i] = m->next;
	}
	st.stamp = m->live + first;
	perform(m, first, nr, &st, flags, false);
}

static void do_zero(struct model *m)
{
	unsigned int flags = (rnd_below(4) ? 0 : RAMBLK_FUA) |
			     (rnd_below(2) ? 0 : RAMBLK_UNMAP) | RAMBLK_FORCE;
	unsigned int first, nr, i;
	long before;

	pick(m, &first, &nr);
	for (i = 0; i < nr; i++) {
		m->live[first + i] = 0;
		if (flags & RAMBLK_FUA)
			m->durable[first + i] = 0;
	}
	before = atomic_long_read(&m->s->pages);
	perform(m, first, nr, NULL, flags, true);
	/* Where nothing ever was shared. */
	if (!(m->s->mode & RAMBLK_VERSIONED))
		KUNIT_EXPECT_LE(m->test, atomic_long_read(&m->s->pages),
				before);
}

static void do_discard_all(struct model *m)
{
	u64 pos = 0;
	int err;

	do {
		if (ramblk_mag_fill(m->s, &m->mag))
			continue;
		err = ramblk_zero(m->s, &pos, m->size,
				  RAMBLK_UNMAP | RAMBLK_FORCE, &m->mag);
	} while (pos < m->size);
	KUNIT_EXPECT_EQ(m->test, err, 0);
	memset(m->live, 0, sizeof(m->live));
}

static void do_flush(struct model *m)
{
	if (!m->cached)
		return;
	KUNIT_EXPECT_EQ(m->test, ramblk_fork(m->s, &m->s->live, &m->s->durable),
			0);
	memcpy(m->durable, m->live, sizeof(m->live));
}

static void power_on(struct model *m)
{
	if (m->cached)
		KUNIT_EXPECT_EQ(m->test, ramblk_cache_on(m->s, m->unit_shift),
				0);
	memcpy(m->durable, m->live, sizeof(m->live));
}

/* What should be left, and how much is lost, by the model. */
static void cut_model(struct model *m, struct ramblk_cut *cut)
{
	unsigned int per = 1 << (m->unit_shift - SECTOR_SHIFT);
	unsigned int i, j;

	cut->lost = 0;
	cut->torn = 0;
	for (i = 0; i < MODEL; i += per) {
		bool lost = false, kept = false;

		for (j = i; j < i + per; j++) {
			bool loses = ramblk_cut_loses(cut, place(j) >>
						      SECTOR_SHIFT);

			if (m->live[j] == m->durable[j])
				continue;
			lost |= loses;
			kept |= !loses;
			if (loses)
				m->live[j] = m->durable[j];
		}
		cut->lost += lost;
		cut->torn += lost && kept;
	}
	memcpy(m->durable, m->live, sizeof(m->live));
}

static void do_cut(struct model *m)
{
	struct ramblk_cut cut = {
		.lose = rnd_below(5) > 2 ? RAMBLK_LOSE_RANDOM : rnd_below(3),
		.tear = rnd_below(2), .unit_shift = m->unit_shift,
		.seed = rnd_below(1000), .nr = rnd_below(1000),
	};
	struct ramblk_cut model = cut;
	struct stamps st = { .c.copy = stamps_copy, .stamp = m->live };
	unsigned int often;
	u64 pos = 0;
	int err;

	m->s->mode |= RAMBLK_LATCHED;
	/* Nothing reaches the disk any more. */
	KUNIT_EXPECT_EQ(m->test, ramblk_write(m->s, &pos, 4096, &st.c, 0, NULL),
			-EIO);
	KUNIT_EXPECT_EQ(m->test, ramblk_zero(m->s, &pos, m->size, RAMBLK_UNMAP,
					     NULL), pos == m->size ? 0 : -EIO);
	if (!m->cached) {
		m->s->mode &= ~RAMBLK_LATCHED;
		return;
	}
	KUNIT_EXPECT_EQ(m->test, ramblk_fork(m->s, &m->s->live,
					     &m->s->durable), -EIO);
	often = fail_seldom();
	do {
		err = ramblk_cache_cut(m->s, &cut);
	} while (err == -ENOMEM);
	fail_every = often;
	KUNIT_EXPECT_EQ(m->test, err, 0);
	cut_model(m, &model);
	KUNIT_EXPECT_EQ(m->test, cut.lost, model.lost);
	KUNIT_EXPECT_EQ(m->test, cut.torn, model.torn);
	check(m, "cut");
	power_on(m);
}

static void do_snapshot(struct model *m)
{
	unsigned int i = rnd_below(SNAPSHOTS);
	struct snapshot_model *snap = &m->snap[i];
	char name[] = "x";
	int err;

	name[0] += i;
	m->s->mode |= RAMBLK_VERSIONED;
	if (rnd_below(2)) {
		err = ramblk_snapshot_drop(m->s, &m->snapshots, name);
		KUNIT_EXPECT_EQ(m->test, err, snap->there ? 0 : -ENOENT);
		snap->there = false;
		return;
	}
	err = ramblk_snapshot_take(m->s, &m->snapshots, name);
	KUNIT_EXPECT_EQ(m->test, err, snap->there ? -EEXIST : 0);
	if (err)
		return;
	snap->there = true;
	snap->size = m->size;
	memcpy(snap->stamp, m->live, sizeof(m->live));
}

static void do_restore(struct model *m)
{
	unsigned int i = rnd_below(SNAPSHOTS);
	struct snapshot_model *snap = &m->snap[i];
	char name[] = "x";
	int err;

	name[0] += i;
	if (m->cached) {
		ramblk_cache_off(m->s);
		check(m, "power off");
	}
	err = ramblk_snapshot_restore(m->s, &m->snapshots, name);
	KUNIT_EXPECT_EQ(m->test, err, snap->there ? 0 : -ENOENT);
	if (!err) {
		m->size = snap->size;
		memcpy(m->live, snap->stamp, sizeof(m->live));
	}
	KUNIT_EXPECT_EQ(m->test, m->s->size, m->size);
	power_on(m);
}

static void do_resize(struct model *m)
{
	static const u64 sizes[] = { 1ULL << 20, 1ULL << 25, 1ULL << 43, BIG };
	u64 size = sizes[rnd_below(ARRAY_SIZE(sizes))];
	unsigned int often = fail_seldom();
	unsigned int i;
	int err;

	do {
		err = ramblk_store_resize(m->s, size);
		if (!err)
			break;
		KUNIT_EXPECT_EQ(m->test, err, -ENOMEM);
		KUNIT_EXPECT_EQ(m->test, m->s->size, m->size);
		check(m, "resizing in vain");
	} while (m->test->status == KUNIT_SUCCESS);
	fail_every = often;
	KUNIT_EXPECT_EQ(m->test, err, 0);
	/* The trees of before share pages until they are reaped. */
	ramblk_reap_wait(m->s);
	m->size = size;
	for (i = 0; i < MODEL; i++) {
		if (place(i) < size)
			continue;
		m->live[i] = 0;
		m->durable[i] = 0;
	}
}

/* That kernel is so slow that a test looks hung, and this is one thread. */
static const unsigned int operations = IS_ENABLED(CONFIG_KCSAN) ? 300 : 3000;

static void play(struct kunit *test, bool cached, unsigned int unit_shift,
		 unsigned int fail, bool huge)
{
	struct model *m = kunit_kzalloc(test, sizeof(*m), GFP_KERNEL);
	long pages = atomic_long_read(&pages_out);
	long nodes = atomic_long_read(&nodes_out);
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, m);
	m->s = kunit_kzalloc(test, sizeof(*m->s), GFP_KERNEL);
	m->buf = kunit_kzalloc(test, SECTORS * SECTOR_SIZE, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, m->s);
	KUNIT_ASSERT_NOT_NULL(test, m->buf);
	m->test = test;
	m->cached = cached;
	m->unit_shift = unit_shift;
	m->size = BIG;
	INIT_LIST_HEAD(&m->snapshots);
	ramblk_mag_init(&m->mag);
	KUNIT_ASSERT_EQ(test, ramblk_store_init(m->s, BIG, NUMA_NO_NODE, huge),
			0);
	power_on(m);
	fail_every = fail;
	for (i = 0; i < operations && test->status == KUNIT_SUCCESS; i++) {
		u32 op = rnd_below(1000);

		if (op < 500)
			do_write(m);
		else if (op < 700)
			do_zero(m);
		else if (op < 850)
			do_flush(m);
		else if (op < 900)
			do_snapshot(m);
		else if (op < 940)
			do_cut(m);
		else if (op < 960)
			do_restore(m);
		else if (op < 965)
			do_discard_all(m);
		else if (op < 975)
			do_resize(m);
		else if (op < 990)
			check(m, "some operations");
		else if (op < 992 && !huge)
			check_pages(m);
		cond_resched();
	}
	fail_every = 0;
	check(m, "everything");
	if (!huge)
		check_pages(m);
	ramblk_snapshot_drop_all(m->s, &m->snapshots);
	ramblk_mag_drain(m->s, &m->mag);
	ramblk_store_destroy(m->s);
	KUNIT_EXPECT_EQ(test, atomic_long_read(&m->s->pages), 0);
	KUNIT_EXPECT_EQ(test, atomic_long_read(&pages_out), pages);
	KUNIT_EXPECT_EQ(test, atomic_long_read(&nodes_out), nodes);
}

static void store_random(struct kunit *test)
{
	play(test, false, 12, 0, false);
}

static void store_failing(struct kunit *test)
{
	play(test, false, 12, 5, false);
}

static void store_huge(struct kunit *test)
{
	play(test, false, 12, 3, true);
}

static void cache_random(struct kunit *test)
{
	static const unsigned int shifts[] = { 9, 10, 12, 14, 16 };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(shifts); i++)
		play(test, true, shifts[i], 0, false);
}

static void cache_failing(struct kunit *test)
{
	play(test, true, 12, 4, false);
	play(test, true, 16, 6, false);
}

static void cache_huge(struct kunit *test)
{
	play(test, true, 12, 3, true);
}

/* A FLUSH or FUA that is done is never undone; sectors differ in fate. */
static void cut_decides(struct kunit *test)
{
	struct ramblk_cut cut = {
		.lose = RAMBLK_LOSE_RANDOM, .unit_shift = 12, .seed = 1,
		.nr = 1,
	};
	unsigned int i, lost = 0, same = 0;

	for (i = 0; i < 8000; i++) {
		bool loses = ramblk_cut_loses(&cut, i);

		/* A unit has one fate. */
		KUNIT_EXPECT_EQ(test, loses,
				ramblk_cut_loses(&cut, round_down(i, 8)));
		lost += loses;
		cut.nr++;
		same += loses == ramblk_cut_loses(&cut, i);
		cut.nr--;
	}
	/* Half of them, within six sigma of a thousand units. */
	KUNIT_EXPECT_GE(test, lost, 4000 - 760);
	KUNIT_EXPECT_LE(test, lost, 4000 + 760);
	/* Another cut is another throw. */
	KUNIT_EXPECT_GE(test, same, 4000 - 760);
	KUNIT_EXPECT_LE(test, same, 4000 + 760);
	cut.tear = true;
	for (i = 0, same = 0; i < 8000; i++)
		same += ramblk_cut_loses(&cut, i) ==
			ramblk_cut_loses(&cut, round_down(i, 8));
	KUNIT_EXPECT_LE(test, same, 5000);
	/* What is written atomically is not torn. */
	cut.atomic_shift = 14;
	for (i = 0; i < 8000; i++)
		KUNIT_EXPECT_EQ(test, ramblk_cut_loses(&cut, i),
				ramblk_cut_loses(&cut, round_down(i, 32)));
	cut.lose = RAMBLK_LOSE_ALL;
	KUNIT_EXPECT_TRUE(test, ramblk_cut_loses(&cut, 5));
	cut.lose = RAMBLK_LOSE_NONE;
	KUNIT_EXPECT_FALSE(test, ramblk_cut_loses(&cut, 5));
}

static void limit_holds(struct kunit *test)
{
	struct ramblk_store *s = kunit_kzalloc(test, sizeof(*s), GFP_KERNEL);
	u32 stamp[64] = { 1 };
	struct stamps st = { .c.copy = stamps_copy, .stamp = stamp };
	u64 pos = 0;

	KUNIT_ASSERT_NOT_NULL(test, s);
	ramblk_store_init(s, 1ULL << 20, NUMA_NO_NODE, false);
	s->limit = 3 * PAGE_SIZE + 1;
	KUNIT_EXPECT_EQ(test, ramblk_write(s, &pos, 4 * PAGE_SIZE, &st.c, 0,
					   NULL), -ENOSPC);
	KUNIT_EXPECT_EQ(test, pos, 3 * PAGE_SIZE);
	KUNIT_EXPECT_EQ(test, atomic_long_read(&s->pages), 3);
	pos = 0;
	KUNIT_EXPECT_EQ(test, ramblk_zero(s, &pos, PAGE_SIZE, RAMBLK_UNMAP,
					  NULL), 0);
	st.at = 0;
	pos = 3 * PAGE_SIZE;
	KUNIT_EXPECT_EQ(test, ramblk_write(s, &pos, 4 * PAGE_SIZE, &st.c, 0,
					   NULL), 0);
	ramblk_store_destroy(s);
}

static bool granted;
static unsigned int tries;

/* Wants more than there may be, over and over. */
static int greedy(void *data)
{
	struct ramblk_store *s = data;

	while (!kthread_should_stop()) {
		if (!ramblk_charge(s, 512, 0))
			granted = true;
		WRITE_ONCE(tries, tries + 1);
		if (!(tries % 1024))
			cond_resched();
	}
	return 0;
}

/* Who asks for too much keeps nobody from what there is. */
static void limit_fair(struct kunit *test)
{
	struct ramblk_store *s = kunit_kzalloc(test, sizeof(*s), GFP_KERNEL);
	struct task_struct *thread;
	unsigned int i, failed = 0;

	KUNIT_ASSERT_NOT_NULL(test, s);
	ramblk_store_init(s, 1ULL << 30, NUMA_NO_NODE, false);
	s->limit = 100 * PAGE_SIZE;
	granted = false;
	tries = 0;
	thread = kthread_run(greedy, s, "ramblk-greedy");
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, thread);
	for (i = 0; i < 5000000 || READ_ONCE(tries) < 5000000; i++) {
		if (ramblk_charge(s, 1, 0))
			failed++;
		else
			atomic_long_dec(&s->pages);
		if (!(i % 1024))
			cond_resched();
	}
	kthread_stop(thread);
	KUNIT_EXPECT_EQ(test, failed, 0);
	KUNIT_EXPECT_FALSE(test, granted);
	ramblk_store_destroy(s);
}

/* When a drain is over, the memory can be had. */
static void reap_drains(struct kunit *test)
{
	struct ramblk_store *s = kunit_kzalloc(test, sizeof(*s), GFP_KERNEL);
	u32 *stamp = kunit_kzalloc(test, 1 << 20, GFP_KERNEL);
	struct stamps st = { .c.copy = stamps_copy, .stamp = stamp };
	long pages = atomic_long_read(&pages_out);
	long nodes = atomic_long_read(&nodes_out);
	u64 pos = 0;

	KUNIT_ASSERT_NOT_NULL(test, s);
	KUNIT_ASSERT_NOT_NULL(test, stamp);
	ramblk_store_init(s, 1ULL << 30, NUMA_NO_NODE, false);
	KUNIT_EXPECT_EQ(test, ramblk_write(s, &pos, 1 << 24, &st.c, 0, NULL),
			0);
	KUNIT_EXPECT_GE(test, atomic_long_read(&pages_out) - pages,
			(1 << 24) >> PAGE_SHIFT);
	ramblk_tree_drop(s, &s->live);
	ramblk_reap_drain(s);
	KUNIT_EXPECT_EQ(test, atomic_long_read(&pages_out), pages);
	KUNIT_EXPECT_EQ(test, atomic_long_read(&nodes_out), nodes);
	ramblk_store_destroy(s);
}

static int count_one(void *ctx, u64 index, struct page *a, struct page *b)
{
	++*(long *)ctx;
	return 0;
}

/* A whole page that is written with FUA is one page, and there is no other. */
static void fua_once(struct kunit *test)
{
	struct ramblk_store *s = kunit_kzalloc(test, sizeof(*s), GFP_KERNEL);
	u32 stamp[5 * PAGE_SIZE / SECTOR_SIZE] = {};
	struct stamps st = { .c.copy = stamps_copy, .stamp = stamp };
	long pages, differ = 0;
	unsigned int i;
	u64 pos;

	KUNIT_ASSERT_NOT_NULL(test, s);
	ramblk_store_init(s, 1ULL << 30, NUMA_NO_NODE, false);
	KUNIT_EXPECT_EQ(test, ramblk_cache_on(s, 12), 0);
	for (i = 0; i < 3; i++) {
		st.at = 0;
		pos = 5 * PAGE_SIZE;
		KUNIT_EXPECT_EQ(test, ramblk_write(s, &pos, pos + PAGE_SIZE,
						   &st.c, RAMBLK_FUA, NULL), 0);
		KUNIT_EXPECT_EQ(test, atomic_long_read(&s->pages), 1);
		if (i)
			KUNIT_EXPECT_EQ(test, atomic_long_read(&pages_out),
					pages);
		pages = atomic_long_read(&pages_out);
	}
	ramblk_diff(&s->live, &s->durable, count_one, &differ);
	KUNIT_EXPECT_EQ(test, differ, 0);
	/* Then it is written without. */
	st.at = 0;
	pos = 5 * PAGE_SIZE;
	KUNIT_EXPECT_EQ(test, ramblk_write(s, &pos, pos + PAGE_SIZE, &st.c, 0,
					   NULL), 0);
	KUNIT_EXPECT_EQ(test, atomic_long_read(&s->pages), 2);
	ramblk_diff(&s->live, &s->durable, count_one, &differ);
	KUNIT_EXPECT_EQ(test, differ, 1);
	ramblk_cache_off(s);
	ramblk_store_destroy(s);
}

static int zero_page(struct ramblk_store *s, u64 index)
{
	u64 pos = index << PAGE_SHIFT;

	return ramblk_zero(s, &pos, pos + PAGE_SIZE, RAMBLK_UNMAP, NULL);
}

/* Of a huge chunk what was given back stays away. */
static void huge_once(struct kunit *test)
{
	const long nr = 1 << RAMBLK_HUGE_ORDER;
	struct ramblk_store *s = kunit_kzalloc(test, sizeof(*s), GFP_KERNEL);
	u32 stamp[PAGE_SIZE / SECTOR_SIZE] = { 1 };
	struct stamps st = { .c.copy = stamps_copy, .stamp = stamp };
	u64 pos = 0;
	long i;

	KUNIT_ASSERT_NOT_NULL(test, s);
	ramblk_store_init(s, 1ULL << 30, NUMA_NO_NODE, true);
	KUNIT_EXPECT_EQ(test, ramblk_write(s, &pos, PAGE_SIZE, &st.c, 0, NULL),
			0);
	if (atomic_long_read(&s->pages) == 1) {
		ramblk_store_destroy(s);
		kunit_skip(test, "no huge page to be had");
	}
	KUNIT_EXPECT_EQ(test, atomic_long_read(&s->pages), nr);
	for (i = 1; i < nr / 2; i++)
		KUNIT_EXPECT_EQ(test, zero_page(s, i), 0);
	KUNIT_EXPECT_EQ(test, atomic_long_read(&s->pages), nr / 2 + 1);
	st.at = 0;
	pos = 2 * PAGE_SIZE;
	KUNIT_EXPECT_EQ(test, ramblk_write(s, &pos, pos + PAGE_SIZE, &st.c, 0,
					   NULL), 0);
	KUNIT_EXPECT_EQ(test, atomic_long_read(&s->pages), nr / 2 + 2);
	ramblk_store_destroy(s);
}

/* What was there once costs no more than the way to it. */
static void emptied(struct kunit *test)
{
	struct ramblk_store *s = kunit_kzalloc(test, sizeof(*s), GFP_KERNEL);
	u32 stamp[PAGE_SIZE / SECTOR_SIZE] = { 1 };
	struct stamps st = { .c.copy = stamps_copy, .stamp = stamp };
	long nodes = atomic_long_read(&nodes_out);
	const u64 size = (64 << 20) + 512;
	u64 pos;
	int i;

	KUNIT_ASSERT_NOT_NULL(test, s);
	ramblk_store_init(s, size, NUMA_NO_NODE, false);
	for (i = 0; i < 256; i++) {
		st.at = 0;
		pos = (i * RAMBLK_SLOTS + 5) << PAGE_SHIFT;
		KUNIT_EXPECT_EQ(test, ramblk_write(s, &pos, pos + PAGE_SIZE,
						   &st.c, 0, NULL), 0);
	}
	/* The last page is on the disk in part only. */
	st.at = 0;
	pos = 64 << 20;
	KUNIT_EXPECT_EQ(test, ramblk_write(s, &pos, size, &st.c, 0, NULL), 0);
	KUNIT_EXPECT_EQ(test, atomic_long_read(&s->pages), 257);
	for (i = 0; i < 256; i++)
		KUNIT_EXPECT_EQ(test, zero_page(s, i * RAMBLK_SLOTS + 5), 0);
	pos = 64 << 20;
	KUNIT_EXPECT_EQ(test, ramblk_zero(s, &pos, size, RAMBLK_UNMAP, NULL),
			0);
	KUNIT_EXPECT_EQ(test, pos, size);
	KUNIT_EXPECT_EQ(test, atomic_long_read(&s->pages), 0);
	ramblk_reap_drain(s);
	KUNIT_EXPECT_LE(test, atomic_long_read(&nodes_out) - nodes, 8);
	ramblk_store_destroy(s);
}

static void ranges_random(struct kunit *test)
{
	struct ramblk_ranges set;
	DECLARE_BITMAP(model, 300);
	unsigned int i, j;

	ramblk_ranges_init(&set);
	bitmap_zero(model, 300);
	for (i = 0; i < 60; i++) {
		unsigned int first = rnd_below(300);
		unsigned int last = first + rnd_below(min(300 - first, 30u));
		bool add = rnd_below(2);

		if (add) {
			KUNIT_EXPECT_EQ(test,
					ramblk_ranges_add(&set, first, last,
							  GFP_KERNEL), 0);
			bitmap_set(model, first, last - first + 1);
		} else {
			KUNIT_EXPECT_EQ(test,
					ramblk_ranges_remove(&set, first, last,
							     GFP_KERNEL),
					find_next_bit(model, last + 1, first) <=
					last);
			bitmap_clear(model, first, last - first + 1);
		}
		KUNIT_EXPECT_EQ(test, ramblk_ranges_empty(&set),
				bitmap_empty(model, 300));
		for (j = 0; j < 40; j++) {
			first = rnd_below(300);
			last = first + rnd_below(min(300 - first, 9u));
			KUNIT_EXPECT_EQ(test,
					ramblk_ranges_hit(&set, first, last),
					find_next_bit(model, last + 1, first) <=
					last);
		}
	}
	KUNIT_EXPECT_EQ(test, ramblk_ranges_add(&set, 0, U64_MAX,
						GFP_KERNEL), 0);
	KUNIT_EXPECT_TRUE(test, ramblk_ranges_hit(&set, U64_MAX, U64_MAX));
	KUNIT_EXPECT_EQ(test, ramblk_ranges_remove(&set, 0, U64_MAX,
						   GFP_KERNEL), 1);
	KUNIT_EXPECT_TRUE(test, ramblk_ranges_empty(&set));
	ramblk_ranges_destroy(&set);
}

static void ranges_full(struct kunit *test)
{
	struct ramblk_ranges set;
	u64 end = 2 * RAMBLK_RANGES_MAX;
	unsigned int i;

	ramblk_ranges_init(&set);
	for (i = 0; i < RAMBLK_RANGES_MAX; i++)
		KUNIT_ASSERT_EQ(test, ramblk_ranges_add(&set, 2 * i, 2 * i,
							GFP_KERNEL), 0);
	KUNIT_EXPECT_EQ(test, ramblk_ranges_add(&set, end, end, GFP_KERNEL),
			-ENOSPC);
	KUNIT_EXPECT_FALSE(test, ramblk_ranges_hit(&set, end, end));
	/* Two become one, which makes room for one. */
	KUNIT_EXPECT_EQ(test, ramblk_ranges_add(&set, 1, 1, GFP_KERNEL), 0);
	KUNIT_EXPECT_EQ(test, ramblk_ranges_add(&set, end, end, GFP_KERNEL), 0);
	/* One would become two. */
	KUNIT_EXPECT_EQ(test, ramblk_ranges_remove(&set, 1, 1, GFP_KERNEL),
			-ENOSPC);
	KUNIT_EXPECT_TRUE(test, ramblk_ranges_hit(&set, 1, 1));
	ramblk_ranges_destroy(&set);
	KUNIT_EXPECT_TRUE(test, ramblk_ranges_empty(&set));
}

static void snapshot_names(struct kunit *test)
{
	static const char *const bad[] = {
		"", "-a", "a b", "a/b", "a\n", "\xc3\xa4",
		"abcdefghijklmnopqrstuvwxyz012345",
	};
	static const char *const good[] = {
		"a", "_", "0", "a-b", "a.b", ".",
		"abcdefghijklmnopqrstuvwxyz01234",
	};
	char name[RAMBLK_SNAPSHOT_NAME_MAX + 1];
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(bad); i++)
		KUNIT_EXPECT_EQ(test, ramblk_snapshot_name(bad[i],
							   strlen(bad[i]),
							   name), -EINVAL);
	for (i = 0; i < ARRAY_SIZE(good); i++) {
		KUNIT_EXPECT_EQ(test, ramblk_snapshot_name(good[i],
							   strlen(good[i]),
							   name), 0);
		KUNIT_EXPECT_STREQ(test, name, good[i]);
	}
}

static int suite_init(struct kunit_suite *suite)
{
	if (!seed)
		seed = get_random_u32();
	kunit_info(suite, "seed=%llu\n", seed);
	prandom_seed_state(&rnd, seed);
	return ramblk_caches_init();
}

static void suite_exit(struct kunit_suite *suite)
{
	ramblk_caches_destroy();
}

static struct kunit_case cases[] = {
	KUNIT_CASE(fua_once),
	KUNIT_CASE(huge_once),
	KUNIT_CASE(emptied),
	KUNIT_CASE(ranges_random),
	KUNIT_CASE(ranges_full),
	KUNIT_CASE(snapshot_names),
	KUNIT_CASE(cut_decides),
	KUNIT_CASE(limit_holds),
	KUNIT_CASE(limit_fair),
	KUNIT_CASE(reap_drains),
	KUNIT_CASE(store_random),
	KUNIT_CASE(store_failing),
	KUNIT_CASE(store_huge),
	KUNIT_CASE(cache_random),
	KUNIT_CASE(cache_failing),
	KUNIT_CASE(cache_huge),
	{}
};

static struct kunit_suite suite = {
	.name		= "ramblk",
	.suite_init	= suite_init,
	.suite_exit	= suite_exit,
	.test_cases	= cases,
};

kunit_test_suite(suite);

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("KUnit tests of ramblk's logic");
