// SPDX-License-Identifier: GPL-2.0
/*
 * The logic of ringchar: the ring, against a model that is too simple to be
 * wrong, and against user space that writes nonsense.
 */
#include <kunit/test.h>
#include <linux/module.h>
#include <linux/prandom.h>
#include <linux/random.h>
#include <linux/slab.h>
#include <linux/uio.h>
#include <linux/vmalloc.h>

/* The ring's allocations fail when we say so, and find so much memory. */
static bool no_memory;
static long available = LONG_MAX;

static long test_mem_available(void)
{
	return available;
}

static void *test_vmalloc(unsigned long size, gfp_t gfp)
{
	return no_memory ? NULL : __vmalloc(size, gfp);
}

#undef __vmalloc
#define __vmalloc test_vmalloc
#define si_mem_available test_mem_available
#include "../../drivers/ringchar/ring.c"

#define ROOM	(128 * 1024)

/* The model: all that is held, in a row, and where records end. */
struct model {
	u8 bytes[ROOM];
	u32 n;
	u32 records[ROOM / 4];
	u32 nr_records;
	u32 size;
	bool record;
};

/* What a test works with. */
struct bench {
	struct ring ring;
	struct model *model;
	u8 *in;
	u8 *out;
	struct rnd_state rnd;
	u32 next;
};

static u32 model_used(const struct model *m)
{
	return m->n + (m->record ? m->nr_records * RING_RECORD_HEADER : 0);
}

static void model_take(struct model *m, u32 n)
{
	memmove(m->bytes, m->bytes + n, m->n - n);
	m->n -= n;
}

static void model_take_record(struct model *m)
{
	model_take(m, m->records[0]);
	m->nr_records--;
	memmove(m->records, m->records + 1,
		m->nr_records * sizeof(m->records[0]));
}

static void bench_free(void *data)
{
	struct bench *b = data;

	ring_free(&b->ring);
	vfree(b->model);
	vfree(b->in);
	vfree(b->out);
}

static struct bench *bench(struct kunit *test, u32 size, u32 start)
{
	struct bench *b = kunit_kzalloc(test, sizeof(*b), GFP_KERNEL);
	u8 *buf;

	KUNIT_ASSERT_NOT_NULL(test, b);
	ring_init(&b->ring);
	KUNIT_ASSERT_EQ(test, 0,
			kunit_add_action_or_reset(test, bench_free, b));
	b->model = vzalloc(sizeof(*b->model));
	b->in = vzalloc(ROOM);
	b->out = vzalloc(ROOM);
	buf = ring_alloc(size);
	KUNIT_ASSERT_NOT_NULL(test, b->model);
	KUNIT_ASSERT_NOT_NULL(test, b->in);
	KUNIT_ASSERT_NOT_NULL(test, b->out);
	KUNIT_ASSERT_NOT_NULL(test, buf);
	KUNIT_ASSERT_EQ(test, 0, ring_resize(&b->ring, size, buf));
	b->ring.head = start;
	b->ring.tail = start;
	b->model->size = size;
	return b;
}

static u32 pick(struct bench *b, u32 below)
{
	return prandom_u32_state(&b->rnd) % below;
}

/* Lengths that are often at an edge. */
static u32 length(struct bench *b)
{
	u32 room = b->model->size - min(b->model->size, model_used(b->model));
	u32 near[] = { 1, 2, 4, 5, 4096, room, room + 1, room + 4,
		       b->model->size, b->model->size / 2 };
	u32 n = pick(b, 3) ? pick(b, 2000) : near[pick(b, ARRAY_SIZE(near))];

	return clamp(n - (pick(b, 4) == 0), 1U, (u32)ROOM);
}

/* A source of have bytes that go on where the last ones ended. */
static void source(struct bench *b, struct iov_iter *it, struct kvec *vec,
		   u32 have)
{
	u32 i;

	for (i = 0; i < have; i++)
		b->in[i] = (b->next + i) * 2654435761U >> 11;
	vec->iov_base = b->in;
	vec->iov_len = have;
	iov_iter_kvec(it, ITER_SOURCE, vec, 1, have);
}

static void sink(struct bench *b, struct iov_iter *it, struct kvec *vec,
		 u32 have)
{
	vec->iov_base = b->out;
	vec->iov_len = have;
	iov_iter_kvec(it, ITER_DEST, vec, 1, have);
}

static void same_state(struct kunit *test, struct bench *b)
{
	struct model *m = b->model;
	struct ring *r = &b->ring;
	u32 end;

	KUNIT_ASSERT_EQ(test, ring_used(r), model_used(m));
	KUNIT_ASSERT_EQ(test, ring_room(r), m->size - model_used(m));
	KUNIT_ASSERT_EQ(test, ring_payload(r, m->record), m->n);
	if (m->record) {
		KUNIT_ASSERT_EQ(test, ring_next_record(r),
				m->nr_records ? m->records[0] : 0);
		KUNIT_ASSERT_EQ(test, ring_count_records(r, &end), m->nr_records);
		KUNIT_ASSERT_EQ(test, end, r->head);
	}
}

static void op_write(struct kunit *test, struct bench *b, bool whole)
{
	struct model *m = b->model;
	u32 n = length(b), room = m->size - m->n;
	/* Now and then the source ends early, as if at a bad address. */
	u32 have = pick(b, 10) ? n : pick(b, n);
	ssize_t want = min(n, room);
	struct iov_iter it;
	struct kvec vec;

	if (!room || (whole && n > room))
		want = -EAGAIN;
	else if (have < want)
		want = -EFAULT;
	source(b, &it, &vec, have);
	KUNIT_ASSERT_EQ(test, want, ring_write(&b->ring, &it, n, whole));
	if (want > 0) {
		memcpy(m->bytes + m->n, b->in, want);
		m->n += want;
		b->next += want;
	}
	KUNIT_ASSERT_EQ(test, iov_iter_count(&it), have - max(want, 0));
}

static void op_write_record(struct kunit *test, struct bench *b)
{
	struct model *m = b->model;
	u32 n = length(b);
	u32 have = pick(b, 10) ? n : pick(b, n);
	ssize_t want = n;
	struct iov_iter it;
	struct kvec vec;

	if (n > m->size - RING_RECORD_HEADER)
		want = -EMSGSIZE;
	else if (model_used(m) + RING_RECORD_HEADER + n > m->size)
		want = -EAGAIN;
	else if (have < n)
		want = -EFAULT;
	source(b, &it, &vec, have);
	KUNIT_ASSERT_EQ(test, want, ring_write_record(&b->ring, &it, n));
	KUNIT_ASSERT_EQ(test, iov_iter_count(&it), have - max(want, 0));
	if (want < 0)
		return;
	memcpy(m->bytes + m->n, b->in, n);
	m->n += n;
	m->records[m->nr_records++] = n;
	b->next += n;
}

static void op_read(struct kunit *test, struct bench *b, bool peek)
{
	struct model *m = b->model;
	u32 n = length(b);
	u32 have = pick(b, 10) ? n : pick(b, n);
	ssize_t want = min(n, m->n);
	struct iov_iter it;
	struct kvec vec;

	if (!m->n)
		want = -EAGAIN;
	else if (have < want)
		want = -EFAULT;
	sink(b, &it, &vec, have);
	KUNIT_ASSERT_EQ(test, want, peek ? ring_peek(&b->ring, &it, n) :
					   ring_read(&b->ring, &it, n));
	if (want < 0)
		return;
	KUNIT_ASSERT_EQ(test, 0, memcmp(b->out, m->bytes, want));
	if (!peek)
		model_take(m, want);
}

static void op_read_record(struct kunit *test, struct bench *b, bool peek)
{
	struct model *m = b->model;
	u32 n = pick(b, 4) ? ROOM : length(b);
	ssize_t want = -EAGAIN;
	struct iov_iter it;
	struct kvec vec;

	if (m->nr_records)
		want = m->records[0];
	if (want > (ssize_t)n)
		want = -EMSGSIZE;
	sink(b, &it, &vec, n);
	KUNIT_ASSERT_EQ(test, want, peek ? ring_peek_record(&b->ring, &it) :
					   ring_read_record(&b->ring, &it));
	if (want < 0)
		return;
	KUNIT_ASSERT_EQ(test, 0, memcmp(b->out, m->bytes, want));
	if (!peek)
		model_take_record(m);
}

static void op_drop(struct kunit *test, struct bench *b)
{
	struct model *m = b->model;
	u32 need = min(length(b), m->size);
	u32 bytes = 0, records = 0, got;

	if (m->record) {
		while (m->nr_records && m->size - model_used(m) < need) {
			bytes += m->records[0];
			records++;
			model_take_record(m);
		}
		KUNIT_ASSERT_EQ(test, bytes,
				ring_drop_records(&b->ring, need, &got));
		KUNIT_ASSERT_EQ(test, records, got);
		return;
	}
	if (m->size - m->n < need)
		bytes = need - (m->size - m->n);
	model_take(m, bytes);
	KUNIT_ASSERT_EQ(test, bytes, ring_drop(&b->ring, need));
}

static void op_resize(struct kunit *test, struct bench *b)
{
	struct model *m = b->model;
	u32 size = RING_SIZE_MIN << pick(b, 5);
	int want = model_used(m) > size ? -EBUSY : 0;
	u8 *buf;

	no_memory = !pick(b, 4);
	buf = ring_alloc(size);
	KUNIT_ASSERT_EQ(test, !buf, no_memory);
	no_memory = false;
	if (!buf)
		return;
	KUNIT_ASSERT_EQ(test, want, ring_resize(&b->ring, size, buf));
	if (want)
		ring_release(buf);
	else
		m->size = size;
}

static void op_clear(struct bench *b)
{
	ring_clear(&b->ring);
	b->model->n = 0;
	b->model->nr_records = 0;
}

static void step(struct kunit *test, struct bench *b)
{
	bool record = b->model->record;

	switch (pick(b, 40)) {
	case 0:
		op_resize(test, b);
		break;
	case 1:
		if (!pick(b, 4))
			op_clear(b);
		break;
	case 2:
	case 3:
		op_drop(test, b);
		break;
	case 4:
	case 5:
		if (record)
			op_read_record(test, b, true);
		else
			op_read(test, b, true);
		break;
	case 6 ... 22:
		if (record)
			op_read_record(test, b, false);
		else
			op_read(test, b, false);
		break;
	default:
		if (record)
			op_write_record(test, b);
		else
			op_write(test, b, pick(b, 2));
		break;
	}
	same_state(test, b);
}

static void against_model(struct kunit *test, bool record)
{
	u64 replay = get_random_u64();
	/* Positions wrap soon. */
	struct bench *b = bench(test, RING_SIZE_MIN, -20000);
	int i;

	kunit_info(test, "replay %llu\n", replay);
	prandom_seed_state(&b->rnd, replay);
	b->model->record = record;
	for (i = 0; i < 20000; i++)
		step(test, b);
}

static void stream_model(struct kunit *test)
{
	against_model(test, false);
}

static void record_model(struct kunit *test)
{
	against_model(test, true);
}

/* Every length at every place, across the end and across 2^32. */
static void stream_wraps(struct kunit *test)
{
	struct bench *b = bench(test, RING_SIZE_MIN, -4100);
	struct iov_iter it;
	struct kvec vec;
	u32 n, at;

	for (at = 0; at < 3 * RING_SIZE_MIN; at += 61) {
		static const u32 lengths[] = { 1, 2, 3, 60, 4035, 4094, 4095,
					       4096 };
		u32 i = at % ARRAY_SIZE(lengths);

		n = lengths[i];
		b->ring.head = at - 4100;
		b->ring.tail = at - 4100;
		source(b, &it, &vec, n);
		KUNIT_ASSERT_EQ(test, (ssize_t)n,
				ring_write(&b->ring, &it, n, true));
		KUNIT_ASSERT_EQ(test, n, ring_used(&b->ring));
		memset(b->out, 0, n);
		sink(b, &it, &vec, ROOM);
		KUNIT_ASSERT_EQ(test, (ssize_t)n,
				ring_read(&b->ring, &it, ROOM));
		KUNIT_ASSERT_EQ(test, 0, memcmp(b->in, b->out, n));
		b->next += n;
	}
}

/* A record at every one of the last places: header and bytes wrap. */
static void record_wraps(struct kunit *test)
{
	struct bench *b = bench(test, RING_SIZE_MIN, 0);
	struct iov_iter it;
	struct kvec vec;
	u32 at, n;

	for (at = 0; at < 40; at++) {
		n = at % 2 ? 25 : RING_SIZE_MIN - RING_RECORD_HEADER;
		b->ring.head = at - 20;
		b->ring.tail = at - 20;
		source(b, &it, &vec, n);
		KUNIT_ASSERT_EQ(test, (ssize_t)n,
				ring_write_record(&b->ring, &it, n));
		KUNIT_ASSERT_EQ(test, n, ring_next_record(&b->ring));
		sink(b, &it, &vec, n - 1);
		KUNIT_ASSERT_EQ(test, (ssize_t)-EMSGSIZE,
				ring_read_record(&b->ring, &it));
		sink(b, &it, &vec, n);
		KUNIT_ASSERT_EQ(test, (ssize_t)n,
				ring_read_record(&b->ring, &it));
		KUNIT_ASSERT_EQ(test, 0, memcmp(b->in, b->out, n));
		KUNIT_ASSERT_EQ(test, 0, ring_used(&b->ring));
	}
}

static void limits(struct kunit *test)
{
	struct bench *b = bench(test, RING_SIZE_MIN, 0);
	struct iov_iter it;
	struct kvec vec;
	struct ring empty;

	KUNIT_EXPECT_EQ(test, ring_max_record(&b->ring),
			RING_SIZE_MIN - RING_RECORD_HEADER);
	source(b, &it, &vec, RING_SIZE_MIN);
	KUNIT_EXPECT_EQ(test, (ssize_t)-EMSGSIZE,
			ring_write_record(&b->ring, &it, RING_SIZE_MIN - 3));
	KUNIT_EXPECT_EQ(test, (ssize_t)RING_SIZE_MIN,
			ring_write(&b->ring, &it, RING_SIZE_MIN, true));
	KUNIT_EXPECT_EQ(test, 0, ring_room(&b->ring));
	source(b, &it, &vec, 1);
	KUNIT_EXPECT_EQ(test, (ssize_t)-EAGAIN,
			ring_write(&b->ring, &it, 1, false));

	/* A ring without memory holds nothing and has no room. */
	ring_init(&empty);
	KUNIT_EXPECT_EQ(test, 0, ring_used(&empty));
	KUNIT_EXPECT_EQ(test, 0, ring_room(&empty));
	KUNIT_EXPECT_EQ(test, 0, ring_max_record(&empty));
	KUNIT_EXPECT_EQ(test, 0, ring_payload(&empty, true));
	ring_free(&empty);
}

static void no_memory_changes_nothing(struct kunit *test)
{
	struct bench *b = bench(test, RING_SIZE_MIN, 5);
	struct iov_iter it;
	struct kvec vec;

	source(b, &it, &vec, 100);
	KUNIT_ASSERT_EQ(test, 100, ring_write(&b->ring, &it, 100, true));
	no_memory = true;
	KUNIT_EXPECT_NULL(test, ring_alloc(RING_SIZE_MIN));
	no_memory = false;
	/* Nobody takes the machine's last pages. */
	available = RING_SIZE_MAX >> PAGE_SHIFT;
	KUNIT_EXPECT_NULL(test, ring_alloc(RING_SIZE_MAX));
	available = LONG_MAX;
	sink(b, &it, &vec, 200);
	KUNIT_EXPECT_EQ(test, 100, ring_read(&b->ring, &it, 200));
	KUNIT_EXPECT_EQ(test, 0, memcmp(b->in, b->out, 100));
}

/* Positions, headers, bytes: user space writes what it likes, all the time. */
static void hostile_page(struct kunit *test)
{
	u64 replay = get_random_u64();
	struct ringchar_page *page;
	struct bench *b = bench(test, RING_SIZE_MIN, 1000);
	u32 size = RING_SIZE_MIN, records;
	struct ring *r = &b->ring;
	struct iov_iter it;
	struct kvec vec;
	int i;

	kunit_info(test, "replay %llu\n", replay);
	prandom_seed_state(&b->rnd, replay);
	page = kunit_kzalloc(test, sizeof(*page), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, page);
	for (i = 0; i < 20000; i++) {
		u32 side = RINGCHAR_PRODUCER + pick(b, 2);
		bool record = pick(b, 2);
		ssize_t n;

		ring_share(r, page, side);
		*(side == RINGCHAR_PRODUCER ? &page->head : &page->tail) =
			pick(b, 3) ? prandom_u32_state(&b->rnd) :
				     r->tail + pick(b, 2 * size);
		prandom_bytes_state(&b->rnd, r->buf + pick(b, size - 8), 8);
		KUNIT_ASSERT_LE(test, ring_used(r), size);
		KUNIT_ASSERT_LE(test, ring_room(r), size);
		KUNIT_ASSERT_LE(test, ring_payload(r, record), size);
		if (side == RINGCHAR_PRODUCER) {
			sink(b, &it, &vec, pick(b, 2) ? ROOM : 10);
			n = record ? ring_read_record(r, &it) :
				     ring_read(r, &it, 1 + pick(b, ROOM));
		} else {
			source(b, &it, &vec, 3000);
			n = record ? ring_write_record(r, &it, 3000) :
				     ring_write(r, &it, 3000, pick(b, 2));
		}
		KUNIT_ASSERT_LE(test, n, (ssize_t)size);
		/* Both sides shared, too. */
		if (!pick(b, 8)) {
			ring_share(r, page, 3 - side);
			page->head = prandom_u32_state(&b->rnd);
			page->tail = prandom_u32_state(&b->rnd);
			KUNIT_ASSERT_LE(test, ring_used(r), size);
			ring_unshare(r, 3 - side, record);
		}
		ring_unshare(r, side, record);
		KUNIT_ASSERT_PTR_EQ(test, r->head_at, &r->head);
		KUNIT_ASSERT_PTR_EQ(test, r->tail_at, &r->tail);
		KUNIT_ASSERT_LE(test, r->head - r->tail, size);
		KUNIT_ASSERT_LE(test, ring_payload(r, record), size);
		if (record && !pick(b, 4))
			ring_drop_records(r, 1 + pick(b, size), &records);
	}
}

/* What is shared honestly arrives. */
static void honest_page(struct kunit *test)
{
	struct bench *b = bench(test, RING_SIZE_MIN, -10);
	struct ringchar_page *page;
	struct ring *r = &b->ring;
	struct iov_iter it;
	struct kvec vec;

	page = kunit_kzalloc(test, sizeof(*page), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, page);
	source(b, &it, &vec, 100);
	KUNIT_ASSERT_EQ(test, 100, ring_write_record(r, &it, 100));

	ring_share(r, page, RINGCHAR_CONSUMER);
	KUNIT_EXPECT_EQ(test, page->tail, (u32)-10);
	KUNIT_EXPECT_EQ(test, page->head, 94);
	KUNIT_EXPECT_EQ(test, ring_room(r), RING_SIZE_MIN - 104);
	source(b, &it, &vec, 50);
	KUNIT_EXPECT_EQ(test, 50, ring_write_record(r, &it, 50));
	KUNIT_EXPECT_EQ(test, page->head, 148);
	page->tail += 104;
	KUNIT_EXPECT_EQ(test, ring_used(r), 54);
	ring_unshare(r, RINGCHAR_CONSUMER, true);
	KUNIT_EXPECT_NULL(test, r->page);
	KUNIT_EXPECT_EQ(test, ring_payload(r, true), 50);

	ring_share(r, page, RINGCHAR_PRODUCER);
	ring_put_header(r, 148, 7);
	memcpy(r->buf + 152, "mapped!", 7);
	page->head += 11;
	KUNIT_EXPECT_EQ(test, ring_used(r), 65);
	sink(b, &it, &vec, 100);
	KUNIT_EXPECT_EQ(test, 50, ring_read_record(r, &it));
	KUNIT_EXPECT_EQ(test, page->tail, 148);
	ring_unshare(r, RINGCHAR_PRODUCER, true);
	KUNIT_EXPECT_EQ(test, ring_payload(r, true), 7);
	sink(b, &it, &vec, 100);
	KUNIT_EXPECT_EQ(test, 7, ring_read_record(r, &it));
	KUNIT_EXPECT_EQ(test, 0, memcmp(b->out, "mapped!", 7));
}

/* What was there before a position, whatever positions wrap. */
static void older_bytes(struct kunit *test)
{
	static const u32 starts[] = { 0, 77, -10, 1U << 31, -RING_SIZE_MIN };
	struct iov_iter it;
	struct kvec vec;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(starts); i++) {
		struct bench *b = bench(test, RING_SIZE_MIN, starts[i]);
		struct ring *r = &b->ring;
		u32 first = r->head, second;

		KUNIT_EXPECT_EQ(test, ring_older(r, first), 0);
		source(b, &it, &vec, 100);
		KUNIT_ASSERT_EQ(test, 100, ring_write(r, &it, 100, true));
		second = r->head;
		source(b, &it, &vec, 50);
		KUNIT_ASSERT_EQ(test, 50, ring_write(r, &it, 50, true));
		KUNIT_EXPECT_EQ(test, ring_older(r, first), 0);
		KUNIT_EXPECT_EQ(test, ring_older(r, second), 100);
		KUNIT_EXPECT_EQ(test, ring_older(r, r->head), 150);
		sink(b, &it, &vec, 30);
		KUNIT_ASSERT_EQ(test, 30, ring_read(r, &it, 30));
		KUNIT_EXPECT_EQ(test, ring_older(r, first), 0);
		KUNIT_EXPECT_EQ(test, ring_older(r, second), 70);
		sink(b, &it, &vec, 80);
		KUNIT_ASSERT_EQ(test, 80, ring_read(r, &it, 80));
		KUNIT_EXPECT_EQ(test, ring_older(r, second), 0);
		KUNIT_EXPECT_EQ(test, ring_older(r, r->head), 40);
	}
}

/* Who follows the ring sees a tail that never wraps, and reads at any place. */
static void followed(struct kunit *test)
{
	struct bench *b = bench(test, RING_SIZE_MIN, -60);
	struct ringchar_page *page;
	struct ring *r = &b->ring;
	struct iov_iter it;
	struct kvec vec;

	page = kunit_kzalloc(test, sizeof(*page), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, page);
	ring_show(r);
	ring_follow(r, page);
	KUNIT_EXPECT_EQ(test, ring_tail64(r), (u64)(u32)-60);
	source(b, &it, &vec, 50);
	KUNIT_ASSERT_EQ(test, 50, ring_write_record(r, &it, 50));
	source(b, &it, &vec, 7);
	KUNIT_ASSERT_EQ(test, 7, ring_write_record(r, &it, 7));
	KUNIT_EXPECT_EQ(test, page->head, 5);
	KUNIT_EXPECT_EQ(test, ring_used_from(r, -6), 11);
	KUNIT_EXPECT_EQ(test, ring_record_at(r, -6), 7);
	KUNIT_EXPECT_EQ(test, ring_record_at(r, 5), 0);
	sink(b, &it, &vec, 6);
	KUNIT_EXPECT_EQ(test, (ssize_t)-EMSGSIZE,
			ring_peek_record_at(r, -6, &it));
	sink(b, &it, &vec, 100);
	KUNIT_EXPECT_EQ(test, 7, ring_peek_record_at(r, -6, &it));
	KUNIT_EXPECT_EQ(test, 0, memcmp(b->in, b->out, 7));
	ring_skip(r, 54, 1);
	KUNIT_EXPECT_EQ(test, ring_tail64(r), (u64)(u32)-6);
	ring_skip(r, 11, 1);
	KUNIT_EXPECT_EQ(test, ring_tail64(r), (1ULL << 32) + 5);
	KUNIT_EXPECT_EQ(test, page->tail, 5);
	KUNIT_EXPECT_EQ(test, page->tail_high, 1);
	KUNIT_EXPECT_EQ(test, page->tail_high_again, 1);
	/* What was stepped over is wiped. */
	KUNIT_EXPECT_EQ(test, r->buf[0], 0);
	KUNIT_EXPECT_EQ(test, r->buf[RING_SIZE_MIN - 20], 0);
	ring_unfollow(r);
	KUNIT_EXPECT_NULL(test, r->page);
}

static struct kunit_case ringchar_cases[] = {
	KUNIT_CASE(stream_wraps),
	KUNIT_CASE(record_wraps),
	KUNIT_CASE(limits),
	KUNIT_CASE(stream_model),
	KUNIT_CASE(record_model),
	KUNIT_CASE(no_memory_changes_nothing),
	KUNIT_CASE(older_bytes),
	KUNIT_CASE(followed),
	KUNIT_CASE(honest_page),
	KUNIT_CASE(hostile_page),
	{}
};

static struct kunit_suite ringchar_suite = {
	.name = "ringchar",
	.test_cases = ringchar_cases,
};

kunit_test_suite(ringchar_suite);

MODULE_DESCRIPTION("KUnit tests of ringchar's logic");
MODULE_LICENSE("GPL");
