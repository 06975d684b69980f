// SPDX-License-Identifier: GPL-2.0
/*
 * The history of ramblk against a model that keeps every version of every
 * sector: random writes, zeroing, FLUSH and FUA, which complete in any order;
 * then every kind of state at random instants. Memory that fails.
 * insmod ramblk_history_kunit.ko seed=N repeats a run.
 */
#include <kunit/test.h>
#include <linux/gfp.h>
#include <linux/module.h>
#include <linux/prandom.h>
#include <linux/random.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>
#include <linux/xarray.h>

/* Allocation fails one time in so many; 0 for never. */
static unsigned int fail_every;
static struct rnd_state rnd;
static atomic_long_t pages_out = ATOMIC_LONG_INIT(0);
static atomic_long_t nodes_out = ATOMIC_LONG_INIT(0);

static u32 rnd_below(u32 n)
{
	return prandom_u32_state(&rnd) % n;
}

static bool fails(void)
{
	return fail_every && !rnd_below(fail_every);
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
#include "../../drivers/ramblk/history.c"
#include "../../drivers/ramblk/rewind.c"

static unsigned long long seed;
module_param(seed, ullong, 0444);
MODULE_PARM_DESC(seed, "seed of the random operations, 0 for a new one");

#define SECTORS		512
#define DISK		(SECTORS * (u64)SECTOR_SIZE)
#define OPS		(IS_ENABLED(CONFIG_KCSAN) ? 40 : 120)
#define FLYING		4
#define SEEN		100

/* An operation, in the order of application; 0 is the beginning. */
struct op_model {
	u32 first;
	u32 nr;		/* sectors, 0 for a FLUSH */
	bool zero;
	bool durable;
	u32 number;
	u32 after;
	u32 live[SECTORS];
	u32 durables[SECTORS];
};

/* What history/distinct said of a content. */
struct seen_state {
	u64 value;
	u32 stamp[SECTORS];
};

struct model {
	struct kunit *test;
	struct seen_state *seen;
	u32 nr_seen;
	struct ramblk_store *s;
	struct ramblk_history *h;
	struct ramblk_mag mag;
	unsigned int unit_shift;
	bool cached;
	u32 stamp;
	u32 versions;
	u32 numbers;
	u32 flying[FLYING];
	u32 nr_flying;
	u32 between;
	u32 got[SECTORS];
	u8 *buf;
	struct op_model *op;
};

/* Sectors filled with a stamp. */
struct stamps {
	struct ramblk_copy c;
	u32 *stamp;
	unsigned int at;
	u8 *buf;
};

static void stamps_copy(struct ramblk_copy *c, void *mem, unsigned int len)
{
	struct stamps *st = container_of(c, struct stamps, c);

	for (; len; len--, mem++, st->at++)
		*(u8 *)mem = st->stamp[st->at / SECTOR_SIZE] >>
			     (8 * (st->at % 4));
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

/* What the disk holds, as stamps; U32_MAX for a sector that is of two. */
static void disk_read(struct model *m, u32 *stamp)
{
	struct stamps st = { .c.copy = stamps_read, .buf = m->buf };
	unsigned int i, j;

	ramblk_read(m->s, 0, DISK, &st.c);
	for (i = 0; i < SECTORS; i++) {
		u8 *p = m->buf + i * SECTOR_SIZE;

		stamp[i] = p[0] | p[1] << 8 | p[2] << 16 | (u32)p[3] << 24;
		for (j = 4; j < SECTOR_SIZE; j++) {
			if (p[j] != p[j - 4])
				stamp[i] = U32_MAX;
		}
	}
}

/* A cmd of the driver: begin, change, end; -ENOMEM is for who has memory. */
static int attempt(struct model *m, struct op_model *op, u64 *pos,
		   struct stamps *st, struct ramblk_log_record *rec,
		   struct ramblk_mag *mag, u32 *version)
{
	unsigned int flags = op->durable && m->cached ? RAMBLK_FUA : 0;
	u64 end = (op->first + op->nr) * (u64)SECTOR_SIZE;
	int err;

	err = ramblk_history_begin(m->h, m->s, mag);
	if (err <= 0)
		return err;
	if (!op->nr)
		err = ramblk_fork(m->s, &m->s->live, &m->s->durable);
	else if (op->zero)
		err = ramblk_zero(m->s, pos, end, flags | RAMBLK_FORCE |
				  (rec->flags & RAMBLK_LOG_UNMAP ?
				   RAMBLK_UNMAP : 0), mag);
	else
		err = ramblk_write(m->s, pos, end, &st->c, flags, mag);
	*version = ramblk_history_end(m->h, m->s, err ? NULL : rec);
	return err;
}

static void complete_one(struct model *m)
{
	u32 i = rnd_below(m->nr_flying), version = m->flying[i];

	m->flying[i] = m->flying[--m->nr_flying];
	ramblk_history_complete(m->h, version, 0);
	m->op[version].number = ++m->numbers;
}

static void submit_one(struct model *m)
{
	struct op_model *last = &m->op[m->versions], *op = last + 1;
	struct stamps st = { .c.copy = stamps_copy };
	struct ramblk_log_record rec = {};
	u32 kind = rnd_below(10), i, version = 0;
	u64 pos;
	int err;

	memcpy(op->live, last->live, sizeof(op->live));
	memcpy(op->durables, last->durables, sizeof(op->durables));
	op->zero = kind >= 7 && kind < 9;
	op->nr = kind == 9 ? 0 : 1 + rnd_below(rnd_below(2) ? 8 : 40);
	if (!m->cached && !op->nr)
		op->nr = 1;
	op->first = rnd_below(SECTORS - op->nr + 1);
	if (op->nr && rnd_below(2))
		op->first = round_down(op->first, 8);
	op->durable = !m->cached || !op->nr || !rnd_below(4);
	for (i = op->first; i < op->first + op->nr; i++) {
		op->live[i] = op->zero ? 0 : ++m->stamp;
		if (op->durable)
			op->durables[i] = op->live[i];
	}
	if (!op->nr)
		memcpy(op->durables, op->live, sizeof(op->live));
	rec.sector = op->nr ? op->first : 0;
	rec.sectors = op->nr;
	rec.op = !op->nr ? RAMBLK_LOG_FLUSH :
		 op->zero ? RAMBLK_LOG_WRITE_ZEROES : RAMBLK_LOG_WRITE;
	rec.flags = op->durable ? RAMBLK_LOG_DURABLE : 0;
	if (op->zero && rnd_below(2))
		rec.flags |= RAMBLK_LOG_UNMAP;
	st.stamp = op->live + op->first;
	pos = op->first * (u64)SECTOR_SIZE;
	ramblk_history_submit(m->h, &rec.submitted, &rec.after);
	op->after = rec.after;
	err = attempt(m, op, &pos, &st, &rec, NULL, &version);
	while (err == -ENOMEM) {
		if (!ramblk_mag_fill(m->s, &m->mag))
			err = attempt(m, op, &pos, &st, &rec, &m->mag,
				      &version);
	}
	KUNIT_EXPECT_EQ(m->test, err, 0);
	KUNIT_ASSERT_EQ(m->test, version, m->versions + 1);
	m->versions++;
	op->number = 0;
	m->flying[m->nr_flying++] = version;
}

/* The last version that had completed by then, of those that count. */
static u32 last_version(struct model *m, u32 n, bool durable)
{
	u32 i, last = 0;

	for (i = 1; i <= m->versions; i++) {
		if (m->op[i].number && m->op[i].number <= n &&
		    (m->op[i].durable || !durable))
			last = i;
	}
	return last;
}

/* The last version up to this one after which all was durable. */
static u32 last_flush(struct model *m, u32 i)
{
	while (i && m->cached && m->op[i].nr)
		i--;
	return i;
}

static bool touches(struct op_model *op, u32 first, u32 nr)
{
	return op->nr && op->first < first + nr && first < op->first + op->nr;
}

/* May a piece have the content that version i had? */
static bool candidate(struct model *m, u32 n, u32 floor, u32 end, u32 i,
		      u32 first, u32 nr)
{
	u32 j;

	if (i < floor || i > end ||
	    (i > floor && !touches(&m->op[i], first, nr)))
		return false;
	for (j = i + 1; j <= end; j++) {
		if (m->op[j].durable && m->op[j].number &&
		    m->op[j].number <= n && touches(&m->op[j], first, nr))
			return false;
	}
	return true;
}

static bool same(const u32 *a, const u32 *b, u32 first, u32 nr)
{
	return !memcmp(a + first, b + first, nr * sizeof(*a));
}

static u32 flying_end(struct model *m, u32 n, u32 latest)
{
	while (latest < m->versions && m->op[latest + 1].number &&
	       m->op[latest + 1].after < n)
		latest++;
	return latest;
}

static void check_random(struct model *m, u32 n, u32 per, const u32 *got)
{
	u32 latest = last_version(m, n, false);
	u32 durable = last_version(m, n, true);
	u32 floor = last_flush(m, durable);
	u32 end = flying_end(m, n, latest);
	u32 first, i;

	for (first = 0; first < SECTORS; first += per) {
		bool fine = same(got, m->op[durable].durables, first, per);
		bool edge = fine || same(got, m->op[latest].live, first, per);

		for (i = floor; !fine && i <= end; i++)
			fine = candidate(m, n, floor, end, i, first, per) &&
			       same(got, m->op[i].live, first, per);
		m->between += !edge;
		if (!fine) {
			KUNIT_FAIL(m->test, "after %u: sector %u is of %u\n",
				   n, first, got[first]);
			return;
		}
	}
}

/* Is something of operation k still to be seen in a piece? */
static bool seen(struct model *m, u32 k, u32 latest, u32 first, u32 nr)
{
	u32 i, j;

	for (i = max(first, m->op[k].first);
	     i < min(first + nr, m->op[k].first + m->op[k].nr); i++) {
		for (j = k + 1; j <= latest; j++) {
			if (touches(&m->op[j], i, 1))
				break;
		}
		if (j > latest)
			return true;
	}
	return false;
}

static void check_one(struct model *m, u32 n, u32 k, bool only, u32 per,
		      const u32 *got)
{
	u32 latest = last_version(m, n, false);
	u32 durable = last_version(m, n, true);
	u32 floor = last_flush(m, durable);
	u32 end = only ? flying_end(m, n, latest) : latest;
	bool lost = m->op[k].durable && m->op[k].number <= n;
	u32 first, j;

	for (first = 0; first < SECTORS; first += per) {
		const u32 *want = only ? m->op[durable].durables :
					 m->op[latest].live;

		if (k <= floor || k > end || lost) {
			;
		} else if (only) {
			if (candidate(m, n, floor, end, k, first, per))
				want = m->op[k].live;
		} else if (touches(&m->op[k], first, per) &&
			   seen(m, k, latest, first, per)) {
			want = m->op[k - 1].live;
			for (j = k + 1; j <= latest; j++) {
				if (m->op[j].durable && m->op[j].number &&
				    m->op[j].number <= n &&
				    touches(&m->op[j], first, per))
					want = m->op[durable].durables;
			}
		}
		if (same(got, want, first, per))
			continue;
		KUNIT_FAIL(m->test,
			   "after %u, %s %u (version %u): sector %u is of %u, should be of %u\n",
			   n, only ? "only" : "but", m->op[k].number, k, first,
			   got[first], want[first]);
		return;
	}
}

/* The same value if and only if the same content, as far as was seen. */
static void check_distinct(struct model *m, u64 value, const u32 *got)
{
	struct seen_state *st;
	u32 i;

	for (i = 0; i < m->nr_seen; i++) {
		st = &m->seen[i];
		KUNIT_EXPECT_EQ(m->test, st->value == value,
				same(st->stamp, got, 0, SECTORS));
	}
	if (m->nr_seen < SEEN) {
		st = &m->seen[m->nr_seen++];
		st->value = value;
		memcpy(st->stamp, got, sizeof(st->stamp));
	}
}

static int rewind_to(struct model *m, u32 n, enum ramblk_rewind what, u64 arg,
		     bool tear, u32 *got)
{
	u64 value;
	int err;

	do {
		err = ramblk_history_rewind(m->h, m->s, n, what, arg, tear);
	} while (err == -ENOMEM);
	if (err)
		return err;
	disk_read(m, got);
	do {
		err = ramblk_history_distinct(m->h, m->s, &value);
	} while (err == -ENOMEM);
	check_distinct(m, value, got);
	return err;
}

static void check_instant(struct model *m, u32 n)
{
	u32 unit = 1 << (m->unit_shift - SECTOR_SHIFT);
	u32 latest = last_version(m, n, false);
	u32 durable = last_version(m, n, true);
	u32 *got = m->got, i, k;
	int err;

	KUNIT_EXPECT_EQ(m->test, rewind_to(m, n, RAMBLK_REWIND_LATEST, 0, 0,
					   got), 0);
	KUNIT_EXPECT_TRUE(m->test, same(got, m->op[latest].live, 0, SECTORS));
	KUNIT_EXPECT_EQ(m->test, rewind_to(m, n, RAMBLK_REWIND_DURABLE, 0, 0,
					   got), 0);
	KUNIT_EXPECT_TRUE(m->test, same(got, m->op[durable].durables, 0,
					SECTORS));
	for (i = 0; i < 8; i++) {
		bool tear = i % 2;
		u32 per = tear ? 1 : unit;

		KUNIT_EXPECT_EQ(m->test, rewind_to(m, n, RAMBLK_REWIND_RANDOM,
						   rnd_below(1000), tear, got),
				0);
		check_random(m, n, per, got);
		k = 1 + rnd_below(m->versions);
		err = rewind_to(m, n, i / 2 % 2 ? RAMBLK_REWIND_ONLY :
				RAMBLK_REWIND_BUT, m->op[k].number, tear, got);
		if (m->op[k].number > n && m->op[k].after >= n) {
			KUNIT_EXPECT_EQ(m->test, err, -ENOENT);
			continue;
		}
		KUNIT_EXPECT_EQ(m->test, err, 0);
		/* Zeroing what was zero is not seen. */
		if (i / 2 % 2 || !m->op[k].zero)
			check_one(m, n, k, i / 2 % 2, per, got);
	}
}

static void check_log(struct model *m)
{
	size_t size = ramblk_history_log_size(m->h);
	struct ramblk_log_header *head = kunit_kzalloc(m->test, size,
						       GFP_KERNEL);
	struct ramblk_log_record *rec;
	u32 n, i;

	KUNIT_ASSERT_NOT_NULL(m->test, head);
	ramblk_history_log(m->h, head, size);
	KUNIT_EXPECT_EQ(m->test, head->ops, m->numbers);
	KUNIT_EXPECT_EQ(m->test, head->marks, 2);
	rec = (struct ramblk_log_record *)(head + 1);
	KUNIT_EXPECT_EQ(m->test, rec->op, RAMBLK_LOG_MARK);
	KUNIT_EXPECT_EQ(m->test, memcmp(rec + 1, "begin", 6), 0);
	rec += 2;
	for (n = 1; n <= m->numbers; n++, rec++) {
		i = rec->applied;
		KUNIT_EXPECT_EQ(m->test, m->op[i].number, n);
		KUNIT_EXPECT_EQ(m->test, m->op[i].after, rec->after);
		KUNIT_EXPECT_EQ(m->test, m->op[i].nr, rec->sectors);
	}
	KUNIT_EXPECT_EQ(m->test, rec->op, RAMBLK_LOG_MARK);
	KUNIT_EXPECT_EQ(m->test, rec->after, m->numbers);
	KUNIT_EXPECT_EQ(m->test, memcmp(rec + 1, "the end", 8), 0);
}

static struct model *model_make(struct kunit *test, bool cached,
				unsigned int unit_shift)
{
	struct model *m = kunit_kzalloc(test, sizeof(*m), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, m);
	m->s = kunit_kzalloc(test, sizeof(*m->s), GFP_KERNEL);
	m->h = kunit_kzalloc(test, sizeof(*m->h), GFP_KERNEL);
	m->buf = kunit_kzalloc(test, DISK, GFP_KERNEL);
	m->op = vzalloc((OPS + 1) * sizeof(*m->op));
	KUNIT_ASSERT_NOT_NULL(test, m->s);
	KUNIT_ASSERT_NOT_NULL(test, m->h);
	KUNIT_ASSERT_NOT_NULL(test, m->buf);
	m->seen = vzalloc(SEEN * sizeof(*m->seen));
	KUNIT_ASSERT_NOT_NULL(test, m->op);
	KUNIT_ASSERT_NOT_NULL(test, m->seen);
	m->test = test;
	m->cached = cached;
	m->unit_shift = unit_shift;
	ramblk_mag_init(&m->mag);
	ramblk_history_init(m->h);
	KUNIT_ASSERT_EQ(test, ramblk_store_init(m->s, DISK, NUMA_NO_NODE,
						false), 0);
	m->s->mode |= RAMBLK_VERSIONED;
	return m;
}

/* Something before the recording begins, of which some is not durable. */
static void prelude(struct model *m)
{
	struct op_model *op = &m->op[0];
	u32 i, nr;

	for (i = 0; i < 20; i++) {
		struct stamps st = { .c.copy = stamps_copy };
		u32 first = rnd_below(SECTORS - 16);
		u64 pos = first * (u64)SECTOR_SIZE;

		if (i == 10 && m->cached)
			KUNIT_ASSERT_EQ(m->test,
					ramblk_cache_on(m->s, m->unit_shift),
					0);
		for (nr = 0; nr < 16; nr++) {
			op->live[first + nr] = ++m->stamp;
			if (i < 10)
				op->durables[first + nr] = m->stamp;
		}
		st.stamp = op->live + first;
		KUNIT_EXPECT_EQ(m->test, ramblk_write(m->s, &pos, pos +
						      16 * SECTOR_SIZE, &st.c,
						      0, NULL), 0);
	}
	if (!m->cached)
		memcpy(op->durables, op->live, sizeof(op->live));
}

static void play(struct kunit *test, bool cached, unsigned int unit_shift,
		 unsigned int fail)
{
	long pages = atomic_long_read(&pages_out);
	long nodes = atomic_long_read(&nodes_out);
	struct model *m = model_make(test, cached, unit_shift);
	u32 i;

	prelude(m);
	KUNIT_ASSERT_EQ(test, ramblk_history_start(m->h, m->s,
						   1 << unit_shift), 0);
	KUNIT_EXPECT_EQ(test, ramblk_history_mark(m->h, "begin", 5), 0);
	fail_every = fail;
	while (m->versions < OPS && test->status == KUNIT_SUCCESS) {
		if (m->nr_flying < FLYING && rnd_below(3))
			submit_one(m);
		else if (m->nr_flying)
			complete_one(m);
	}
	while (m->nr_flying)
		complete_one(m);
	fail_every = 0;
	KUNIT_EXPECT_EQ(test, ramblk_history_mark(m->h, "the end", 7), 0);
	KUNIT_EXPECT_EQ(test, ramblk_history_mark(m->h, "begin", 5), -EEXIST);
	KUNIT_EXPECT_EQ(test, m->h->ops, m->numbers);
	KUNIT_EXPECT_EQ(test, m->h->state, RAMBLK_HISTORY_RECORDING);
	check_log(m);
	if (cached)
		ramblk_cache_off(m->s);
	fail_every = fail ? 400 : 0;
	check_instant(m, 0);
	check_instant(m, m->numbers);
	for (i = 0; i < 60 && test->status == KUNIT_SUCCESS; i++)
		check_instant(m, rnd_below(m->numbers + 1));
	fail_every = 0;
	KUNIT_EXPECT_EQ(test, ramblk_history_rewind(m->h, m->s, m->numbers + 1,
						    RAMBLK_REWIND_LATEST, 0,
						    false), -ENOENT);
	/* Would we see a disk that knows no versions between? */
	if (cached)
		KUNIT_EXPECT_GT(test, m->between, 0);
	ramblk_history_drop(m->h, m->s);
	ramblk_mag_drain(m->s, &m->mag);
	ramblk_store_destroy(m->s);
	KUNIT_EXPECT_EQ(test, atomic_long_read(&m->s->pages), 0);
	KUNIT_EXPECT_EQ(test, atomic_long_read(&pages_out), pages);
	KUNIT_EXPECT_EQ(test, atomic_long_read(&nodes_out), nodes);
	vfree(m->op);
	vfree(m->seen);
}

static void history_random(struct kunit *test)
{
	static const unsigned int shifts[] = { 9, 10, 12, 14, 16 };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(shifts); i++)
		play(test, true, shifts[i], 0);
}

static void history_durable(struct kunit *test)
{
	play(test, false, 12, 0);
}

static void history_failing(struct kunit *test)
{
	play(test, true, 12, 5);
	play(test, true, 16, 7);
	play(test, false, 12, 4);
}

/* Somebody else's operation, which changes nothing. */
static void pass_by(struct model *m, u8 op)
{
	struct ramblk_log_record rec = { .op = op };
	int err;

	ramblk_history_submit(m->h, &rec.submitted, &rec.after);
	while (true) {
		err = ramblk_history_begin(m->h, m->s, &m->mag);
		if (err != -ENOMEM)
			break;
		ramblk_mag_fill(m->s, &m->mag);
	}
	KUNIT_ASSERT_EQ(m->test, err, 1);
	ramblk_history_complete(m->h, ramblk_history_end(m->h, m->s, &rec), 0);
}

/*
 * Others take the last place on a page of versions while an operation pauses,
 * as for as many of its instants: it is where the next page begins.
 */
static void history_pause(struct kunit *test)
{
	u32 per = max(PAGE_SIZE / sizeof(struct ramblk_version),
		      PAGE_SIZE / sizeof(struct ramblk_instant));
	struct model *m = model_make(test, true, 12);
	struct ramblk_log_record rec = { .op = RAMBLK_LOG_WRITE_ZEROES };
	struct ramblk_instant at;
	struct ramblk_version v;
	u32 version, i;

	KUNIT_ASSERT_EQ(test, ramblk_cache_on(m->s, 12), 0);
	KUNIT_ASSERT_EQ(test, ramblk_history_start(m->h, m->s, 4096), 0);
	for (i = 0; i < 3 * per; i++) {
		ramblk_history_submit(m->h, &rec.submitted, &rec.after);
		KUNIT_ASSERT_EQ(test, ramblk_mag_fill(m->s, &m->mag), 0);
		KUNIT_ASSERT_EQ(test, ramblk_history_begin(m->h, m->s,
							   &m->mag), 1);
		/* Who comes meanwhile. */
		spin_unlock(&m->h->apply);
		pass_by(m, RAMBLK_LOG_WRITE);
		spin_lock(&m->h->apply);
		KUNIT_ASSERT_EQ(test, ramblk_mag_fill(m->s, &m->mag), 0);
		KUNIT_ASSERT_EQ(test, ramblk_history_pause(m->h, m->s,
							   &m->mag), 0);
		version = ramblk_history_end(m->h, m->s, &rec);
		ramblk_history_complete(m->h, version, 0);
		ramblk_history_version(m->h, version, &v);
		KUNIT_EXPECT_EQ(test, v.rec.applied, version);
		KUNIT_EXPECT_EQ(test, v.number, m->h->ops);
		ramblk_history_instant(m->h, m->h->ops, &at);
		KUNIT_EXPECT_EQ(test, at.version, version);
	}
	ramblk_history_drop(m->h, m->s);
	ramblk_mag_drain(m->s, &m->mag);
	ramblk_store_destroy(m->s);
	vfree(m->op);
	vfree(m->seen);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(history_random),
	KUNIT_CASE(history_durable),
	KUNIT_CASE(history_failing),
	KUNIT_CASE(history_pause),
	{}
};

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

static struct kunit_suite suite = {
	.name		= "ramblk_history",
	.suite_init	= suite_init,
	.suite_exit	= suite_exit,
	.test_cases	= cases,
};

kunit_test_suite(suite);

MODULE_DESCRIPTION("Tests of ramblk's history");
MODULE_LICENSE("GPL");
