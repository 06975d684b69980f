// SPDX-License-Identifier: GPL-2.0
/*
 * The logic of pseudo: the pattern's bytes and their check, the key stream and
 * what a read of random leaves behind.
 */
#include <kunit/test.h>
#include <linux/module.h>
#include <linux/prandom.h>
#include <linux/random.h>
#include <linux/slab.h>
#include <linux/uio.h>
#include <softdev/fault.h>
#include "../../drivers/pseudo/keystream.c"
#include "../../drivers/pseudo/stream.c"

/* What random.c wants of the rest. */
#include "../../drivers/pseudo/pseudo.h"

struct pseudo_node pseudo_nodes[PSEUDO_NODES];
struct tracepoint __tracepoint_pseudo_op;

int pseudo_op_suffer(struct pseudo_op *op, unsigned int kinds)
{
	return 0;
}

/* As the memory was when random gave it back. */
static u8 freed_bytes[PSEUDO_KEYSTREAM_SIZE];
static unsigned int frees;

static void watched_kfree(void *p)
{
	memcpy(freed_bytes, p, sizeof(freed_bytes));
	frees++;
	kfree(p);
}

#define kfree	watched_kfree
#include "../../drivers/pseudo/random.c"
#undef kfree

#define ROOM	4096

/* The pattern as Documentation/pseudo.rst defines it, one byte at a time. */
static u8 model(u64 seed, u64 pos)
{
	u64 x = softdev_mix64(seed + 0x9e3779b97f4a7c15ULL);

	x += (pos / 8) * 0x9e3779b97f4a7c15ULL;
	x ^= x >> 32;
	x *= 0xd6e8feb86659fd93ULL;
	x ^= x >> 32;
	return x >> (8 * (pos % 8));
}

static u8 *room(struct kunit *test)
{
	u8 *buf = kunit_kzalloc(test, ROOM, GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, buf);
	return buf;
}

/* Published: these bytes are for ever. */
static void stream_vectors(struct kunit *test)
{
	static const struct {
		u64 seed;
		u64 pos;
		u8 bytes[16];
	} cases[] = {
		{ 0, 0,
		  { 0x04, 0x89, 0x3e, 0xd0, 0x26, 0x1a, 0xf2, 0x10,
		    0x25, 0x55, 0xcb, 0x1a, 0x27, 0x60, 0x44, 0xa5 } },
		{ 1, 0,
		  { 0x66, 0x1d, 0x51, 0x5d, 0xb1, 0x68, 0x06, 0x36,
		    0xa8, 0xf8, 0xfb, 0xa4, 0xf8, 0x25, 0x5a, 0x15 } },
		{ 0, 4093,
		  { 0x4a, 0xad, 0x49, 0xb6, 0x63, 0xb4, 0x37, 0x03,
		    0x76, 0xdf, 0x92, 0x4f, 0xe0, 0xf3, 0x8f, 0x20 } },
		{ 0x123456789abcdefULL, 1ULL << 40,
		  { 0x9c, 0xb7, 0x17, 0x00, 0xd2, 0x14, 0x79, 0xd4,
		    0x39, 0x65, 0x16, 0xcd, 0x10, 0x33, 0xd7, 0x7b } },
		{ U64_MAX, (1ULL << 63) - 17,
		  { 0x16, 0x68, 0xff, 0x31, 0x2e, 0x9e, 0x14, 0x15,
		    0xd5, 0x24, 0x86, 0x27, 0x1d, 0xa6, 0x8d, 0x88 } },
	};
	u8 buf[16];
	size_t i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		u64 key = pseudo_stream_key(cases[i].seed);

		pseudo_stream_fill(key, cases[i].pos, buf, sizeof(buf));
		KUNIT_EXPECT_MEMEQ(test, buf, cases[i].bytes, sizeof(buf));
		KUNIT_EXPECT_EQ(test, sizeof(buf),
				pseudo_stream_check(key, cases[i].pos,
						    cases[i].bytes,
						    sizeof(buf)));
	}
}

/* Every small length at every offset in a word, at any alignment. */
static void stream_pieces(struct kunit *test)
{
	const u64 seed = 99, key = pseudo_stream_key(seed);
	u8 *buf = room(test);
	size_t pos, len, i;

	for (pos = 0; pos < 17; pos++) {
		for (len = 0; len < 100; len++) {
			u8 *p = buf + (pos + len) % 8;
			bool same = true;

			memset(buf, 0x5a, ROOM);
			pseudo_stream_fill(key, pos, p + 1, len);
			for (i = 0; i < len; i++)
				same &= p[1 + i] == model(seed, pos + i);
			KUNIT_EXPECT_TRUE_MSG(test, same, "pos %zu len %zu",
					      pos, len);
			/* Nothing beside it. */
			KUNIT_EXPECT_EQ(test, p[0], 0x5a);
			KUNIT_EXPECT_EQ(test, p[1 + len], 0x5a);
			KUNIT_EXPECT_EQ(test, len,
					pseudo_stream_check(key, pos, p + 1,
							    len));
		}
	}
}

/* Against the model, anywhere: replay with the seed that is printed. */
static void stream_random(struct kunit *test)
{
	u64 replay = get_random_u64();
	struct rnd_state rnd;
	u8 *buf = room(test);
	int round;

	kunit_info(test, "replay %llu\n", replay);
	prandom_seed_state(&rnd, replay);
	for (round = 0; round < 300; round++) {
		u64 seed = (u64)prandom_u32_state(&rnd) << 32 |
			   prandom_u32_state(&rnd);
		u64 pos = ((u64)prandom_u32_state(&rnd) << 31 |
			   prandom_u32_state(&rnd)) >>
			  (prandom_u32_state(&rnd) % 60);
		size_t len = prandom_u32_state(&rnd) % (ROOM - 8);
		u8 *p = buf + prandom_u32_state(&rnd) % 8;
		u64 key = pseudo_stream_key(seed);
		bool same = true;
		size_t i;

		pseudo_stream_fill(key, pos, p, len);
		for (i = 0; i < len; i++)
			same &= p[i] == model(seed, pos + i);
		KUNIT_EXPECT_TRUE_MSG(test, same, "round %d", round);
		if (!len)
			continue;
		/* The first wrong byte is found, whatever follows it. */
		i = prandom_u32_state(&rnd) % len;
		p[i] ^= 1 << (prandom_u32_state(&rnd) % 8);
		if (prandom_u32_state(&rnd) & 1)
			memset(p + i + 1, 0, len - i - 1);
		KUNIT_EXPECT_EQ_MSG(test, i,
				    pseudo_stream_check(key, pos, p, len),
				    "round %d", round);
	}
}

/* A flipped bit is found wherever it is, and where it is. */
static void stream_every_bit(struct kunit *test)
{
	const u64 key = pseudo_stream_key(5);
	u8 *buf = room(test);
	size_t pos, i;

	for (pos = 0; pos < 8; pos++) {
		pseudo_stream_fill(key, pos, buf, 120);
		for (i = 0; i < 8 * 120; i++) {
			buf[i / 8] ^= 1 << (i % 8);
			KUNIT_EXPECT_EQ(test, i / 8,
					pseudo_stream_check(key, pos, buf,
							    120));
			buf[i / 8] ^= 1 << (i % 8);
		}
		KUNIT_EXPECT_EQ(test, 120,
				pseudo_stream_check(key, pos, buf, 120));
	}
}

/* A block in the wrong place, or of another seed, differs in its first byte
 * or soon after, and zeros are not the pattern.
 */
static void stream_wrong_place(struct kunit *test)
{
	const u64 key = pseudo_stream_key(0);
	u8 *buf = room(test);
	u64 block;

	for (block = 1; block < 2000; block++) {
		pseudo_stream_fill(key, block * 512, buf, 512);
		KUNIT_EXPECT_LT(test, pseudo_stream_check(key, 0, buf, 512),
				8);
		KUNIT_EXPECT_LT(test,
				pseudo_stream_check(pseudo_stream_key(block),
						    block * 512, buf, 512),
				8);
	}
	memset(buf, 0, 512);
	KUNIT_EXPECT_LT(test, pseudo_stream_check(key, 0, buf, 512), 8);
}

/* Every word tells its number, or its seed: pattern-check stands on it. */
static void stream_inverse(struct kunit *test)
{
	u64 replay = get_random_u64();
	struct rnd_state rnd;
	int round;

	kunit_info(test, "replay %llu\n", replay);
	prandom_seed_state(&rnd, replay);
	for (round = 0; round < 2000; round++) {
		u64 seed = (u64)prandom_u32_state(&rnd) << 32 |
			   prandom_u32_state(&rnd);
		u64 i = ((u64)prandom_u32_state(&rnd) << 28 |
			 prandom_u32_state(&rnd) >> 4) >> (round % 60);
		u64 key, word = 0;
		int byte;

		if (round % 3 == 0)
			seed >>= round % 64;
		key = pseudo_word_key(seed);
		for (byte = 7; byte >= 0; byte--)
			word = word << 8 | model(seed, 8 * i + byte);
		KUNIT_EXPECT_EQ(test, word, pseudo_word(key, i));
		KUNIT_EXPECT_EQ(test, i, pseudo_word_number(key, word));
		KUNIT_EXPECT_EQ(test, seed, pseudo_word_whose(word, i));
		KUNIT_EXPECT_EQ(test, seed, pseudo_word_seed(key));
	}
}

static void keystream_vectors(struct kunit *test)
{
	/* ChaCha20, key and nonce of zeros, block 0, as published (RFC 8439,
	 * A.1): half of it is the key from then on, the other half is handed
	 * out.
	 */
	static const u8 key[PSEUDO_KEY_SIZE] = {
		0x76, 0xb8, 0xe0, 0xad, 0xa0, 0xf1, 0x3d, 0x90,
		0x40, 0x5d, 0x6a, 0xe5, 0x53, 0x86, 0xbd, 0x28,
		0xbd, 0xd2, 0x19, 0xb8, 0xa0, 0x8d, 0xed, 0x1a,
		0xa8, 0x36, 0xef, 0xcc, 0x8b, 0x77, 0x0d, 0xc7,
	};
	static const u8 first[] = {
		0xda, 0x41, 0x59, 0x7c, 0x51, 0x57, 0x48, 0x8d,
		0x77, 0x24, 0xe0, 0x3f, 0xb8, 0xd8, 0x4a, 0x37,
	};
	/* Block 1. */
	static const u8 next[] = {
		0x9f, 0x07, 0xe7, 0xbe, 0x55, 0x51, 0x38, 0x7a,
		0x98, 0xba, 0x97, 0x7c, 0x73, 0x2d, 0x08, 0x0d,
	};
	/* The end of block 63. */
	static const u8 end[] = {
		0x56, 0x0c, 0x54, 0x11, 0x8f, 0x31, 0xdc, 0xcf,
		0x49, 0xe8, 0x75, 0x27, 0xd1, 0x88, 0xfc, 0xb8,
	};
	/* Block 0 of that key, second half. */
	static const u8 second[] = {
		0xaf, 0xbd, 0xad, 0x28, 0x45, 0xb9, 0x3c, 0xdb,
		0xb2, 0xfe, 0x64, 0x63, 0xd2, 0xfe, 0x16, 0x2a,
	};
	struct pseudo_keystream *ks = (void *)room(test);

	pseudo_keystream_next(ks, PSEUDO_PIECE_SIZE);
	KUNIT_EXPECT_MEMEQ(test, ks->key, key, sizeof(key));
	KUNIT_EXPECT_MEMEQ(test, ks->piece, first, sizeof(first));
	KUNIT_EXPECT_MEMEQ(test, ks->piece + 32, next, sizeof(next));
	KUNIT_EXPECT_MEMEQ(test, ks->piece + PSEUDO_PIECE_SIZE - sizeof(end),
			   end, sizeof(end));
	pseudo_keystream_next(ks, 16);
	KUNIT_EXPECT_MEMEQ(test, ks->piece, second, sizeof(second));
	pseudo_keystream_wipe(ks);
	KUNIT_EXPECT_NULL(test, memchr_inv(ks, 0, sizeof(*ks)));
}

/* A piece does not depend on how much of it is wanted. */
static void keystream_lengths(struct kunit *test)
{
	struct pseudo_keystream *whole = (void *)room(test);
	struct pseudo_keystream *ks = (void *)room(test);
	size_t len, end;

	memset(whole->key, 7, sizeof(whole->key));
	pseudo_keystream_next(whole, PSEUDO_PIECE_SIZE);
	for (len = 0; len <= PSEUDO_PIECE_SIZE; len += len < 600 ? 1 : 31) {
		memset(ks, 0x5a, sizeof(*ks));
		memset(ks->key, 7, sizeof(ks->key));
		pseudo_keystream_next(ks, len);
		KUNIT_EXPECT_MEMEQ(test, ks->key, whole->key, sizeof(ks->key));
		KUNIT_EXPECT_MEMEQ(test, ks->piece, whole->piece, len);
		/* Nothing beside the blocks that it takes. */
		end = round_up(sizeof(ks->key) + len, CHACHA_BLOCK_SIZE);
		if (end < sizeof(*ks))
			KUNIT_EXPECT_EQ(test, ((u8 *)ks)[end], 0x5a);
	}
	/* The key is not among what was handed out. */
	for (len = 0; len + PSEUDO_KEY_SIZE <= PSEUDO_PIECE_SIZE; len++)
		KUNIT_EXPECT_NE(test, 0, memcmp(whole->piece + len, whole->key,
						PSEUDO_KEY_SIZE));
}

/* How much of the stack is looked at, below the frame of who looks. */
#define STACK_LOOK	2048

/*
 * Copies what functions that have returned left on the stack. Calls none of its
 * own, and the checkers of memory look away.
 */
static noinline __no_sanitize_address void stack_copy(u32 *to)
{
	const u32 *from = (u32 *)__builtin_frame_address(0);
	size_t i;

	for (i = 0; i < STACK_LOOK / sizeof(*to); i++)
		to[i] = READ_ONCE(*--from);
}

/* So that what @run leaves lies below the frame of stack_copy(). */
static noinline void stack_deeper(void (*run)(void *), void *arg)
{
	u8 pad[128];

	memset(pad, 0, sizeof(pad));
	barrier_data(pad);
	run(arg);
	barrier_data(pad);
}

/**
 * struct secrets - what must not be found after a read
 * @word: the keys, the key stream and what is left of it without the state it
 *	  was made from (so that the key follows), all as ChaCha's words
 * @nr: how many
 */
struct secrets {
	u32 word[64 + 3 * PSEUDO_KEYSTREAM_SIZE / 4];
	size_t nr;
};

static void secrets_add(struct secrets *secrets, const void *bytes, size_t len)
{
	for (; len; len -= 4, bytes += 4)
		secrets->word[secrets->nr++] = get_unaligned_le32(bytes);
}

/* All that comes out of one key, made by the plain code. */
static void secrets_of(struct secrets *secrets, const u8 *key)
{
	static const u8 nonce[CHACHA_IV_SIZE];
	u32 words[PSEUDO_KEY_SIZE / 4], before[CHACHA_STATE_WORDS];
	u8 block[CHACHA_BLOCK_SIZE];
	struct chacha_state state;
	size_t i, n;

	secrets->nr = 0;
	secrets_add(secrets, key, PSEUDO_KEY_SIZE);
	for (i = 0; i < ARRAY_SIZE(words); i++)
		words[i] = get_unaligned_le32(key + 4 * i);
	chacha_init(&state, words, nonce);
	for (n = 0; n < PSEUDO_KEYSTREAM_SIZE / CHACHA_BLOCK_SIZE; n++) {
		memcpy(before, state.x, sizeof(before));
		chacha20_block(&state, block);
		secrets_add(secrets, block, sizeof(block));
		for (i = 0; i < CHACHA_STATE_WORDS; i++)
			secrets->word[secrets->nr++] =
				get_unaligned_le32(block + 4 * i) - before[i];
	}
}

static bool secrets_have(const struct secrets *secrets, u32 word)
{
	size_t i;

	for (i = 0; i < secrets->nr; i++)
		if (secrets->word[i] == word)
			return true;
	return false;
}

/* Words of @seen that are secret and not alone, so not so by chance. */
static size_t secrets_seen(const struct secrets *secrets, const u32 *seen,
			   size_t len)
{
	bool last = false, now;
	size_t i, found = 0;

	for (i = 0; i < len / sizeof(*seen); i++) {
		/* Zeros and small numbers are nobody's secret. */
		now = seen[i] > U16_MAX && secrets_have(secrets, seen[i]);
		found += now && last;
		last = now;
	}
	return found;
}

/* One read by the key stream; the @careless forget to wipe. */
struct erase_run {
	struct pseudo_keystream *ks;
	size_t len;
	bool careless;
};

static void erase_run(void *arg)
{
	struct erase_run *run = arg;
	u8 copy[PSEUDO_KEY_SIZE];

	pseudo_keystream_next(run->ks, run->len);
	if (!run->careless) {
		pseudo_keystream_wipe(run->ks);
		return;
	}
	memcpy(copy, run->ks, sizeof(copy));
	barrier_data(copy);
}

/*
 * Neither key nor key stream stays on the stack, whatever code made it: plain
 * in user-mode Linux, vectors on x86.
 */
static void keystream_erased(struct kunit *test)
{
	static const size_t lens[] = {
		0, 16, 32, 33, 96, 97, 160, 225, 257, 300, 480, 481, 1000, 2016,
		PSEUDO_PIECE_SIZE - 64, PSEUDO_PIECE_SIZE,
	};
	struct secrets *secrets = kunit_kzalloc(test, sizeof(*secrets),
						GFP_KERNEL);
	u32 *stack = kunit_kzalloc(test, STACK_LOOK, GFP_KERNEL);
	struct erase_run run = { .ks = (void *)room(test) };
	u8 *key = room(test);
	size_t i;

	KUNIT_ASSERT_NOT_NULL(test, secrets);
	KUNIT_ASSERT_NOT_NULL(test, stack);
	for (i = 0; i < 2 * ARRAY_SIZE(lens); i++) {
		run.len = lens[i / 2];
		run.careless = i % 2;
		get_random_bytes(key, PSEUDO_KEY_SIZE);
		memcpy(run.ks->key, key, PSEUDO_KEY_SIZE);
		stack_deeper(erase_run, &run);
		stack_copy(stack);
		secrets_of(secrets, key);
		if (run.careless)
			/* So this would be seen. */
			KUNIT_EXPECT_NE_MSG(test, 0,
					    secrets_seen(secrets, stack,
							 STACK_LOOK),
					    "length %zu", run.len);
		else
			KUNIT_EXPECT_EQ_MSG(test, 0,
					    secrets_seen(secrets, stack,
							 STACK_LOOK),
					    "length %zu", run.len);
	}
}

/* One read of random into memory of the kernel. */
struct read_run {
	u8 *to;
	size_t len;
	unsigned int flags;
	ssize_t (*plain)(struct iov_iter *to, size_t count);
	ssize_t ret;
};

static void read_run(void *arg)
{
	struct read_run *run = arg;
	struct pseudo_op op = { .count = run->len, .flip = PSEUDO_NO_FLIP };
	struct kvec vec = { .iov_base = run->to, .iov_len = run->len };
	struct kiocb iocb = { .ki_flags = run->flags };
	struct iov_iter iter;

	iov_iter_kvec(&iter, ITER_DEST, &vec, 1, run->len);
	if (run->plain)
		run->ret = run->plain(&iter, run->len);
	else
		run->ret = random_fill(&op, &iocb, &iter);
}

/* What a read handed out is nowhere but where it was to go. */
static void random_erased(struct kunit *test)
{
	static const size_t lens[] = {
		1, 16, 32, 33, 255, 256, 257, 320, 1000, PSEUDO_PIECE_SIZE,
		PSEUDO_PIECE_SIZE + 1, 3 * PSEUDO_PIECE_SIZE + 77,
	};
	struct secrets *secrets = kunit_kzalloc(test, sizeof(*secrets),
						GFP_KERNEL);
	u32 *stack = kunit_kzalloc(test, STACK_LOOK, GFP_KERNEL);
	struct read_run run = { .to = kunit_kzalloc(test, 4 * ROOM, GFP_KERNEL) };
	size_t i, tail;

	KUNIT_ASSERT_NOT_NULL(test, secrets);
	KUNIT_ASSERT_NOT_NULL(test, stack);
	KUNIT_ASSERT_NOT_NULL(test, run.to);
	for (i = 0; i < 4 * ARRAY_SIZE(lens); i++) {
		run.len = lens[i / 4];
		run.flags = i % 4 == 1 ? IOCB_NOWAIT : 0;
		run.plain = NULL;
		if (i % 4 == 2 && run.len <= RANDOM_SMALL)
			run.plain = random_read_plain;
		else if (i % 4 == 3 && run.len <= RANDOM_KEY)
			run.plain = random_read_words;
		frees = 0;
		memset(freed_bytes, 0x5a, sizeof(freed_bytes));
		stack_deeper(read_run, &run);
		stack_copy(stack);
		/* A read that may not wait may end early, but not empty. */
		KUNIT_ASSERT_GT(test, run.ret, 0);
		if (!run.flags)
			KUNIT_EXPECT_EQ(test, run.ret, run.len);
		/* The last of what was handed out, at any alignment of it. */
		tail = round_down(min_t(size_t, run.ret, ROOM), 4);
		secrets->nr = 0;
		secrets_add(secrets, run.to + run.ret - tail, tail);
		secrets_add(secrets, run.to, tail);
		KUNIT_EXPECT_EQ_MSG(test, 0,
				    secrets_seen(secrets, stack, STACK_LOOK),
				    "length %zu", run.len);
		if (run.len <= RANDOM_SMALL)
			KUNIT_EXPECT_EQ(test, frees, 0);
		else if (!run.flags)
			KUNIT_EXPECT_EQ(test, frees, 1);
		if (frees)
			KUNIT_EXPECT_NULL(test,
					  memchr_inv(freed_bytes, 0,
						     sizeof(freed_bytes)));
	}
}

static struct kunit_case pseudo_cases[] = {
	KUNIT_CASE(stream_vectors),
	KUNIT_CASE(stream_pieces),
	KUNIT_CASE(stream_random),
	KUNIT_CASE(stream_every_bit),
	KUNIT_CASE(stream_wrong_place),
	KUNIT_CASE(stream_inverse),
	KUNIT_CASE(keystream_vectors),
	KUNIT_CASE(keystream_lengths),
	KUNIT_CASE(keystream_erased),
	KUNIT_CASE(random_erased),
	{}
};

/* A plain read counts, and there is no driver that made the counters. */
static int pseudo_suite_init(struct kunit_suite *suite)
{
	return softdev_stats_init(&pseudo_nodes[PSEUDO_RANDOM].stats);
}

static void pseudo_suite_exit(struct kunit_suite *suite)
{
	softdev_stats_destroy(&pseudo_nodes[PSEUDO_RANDOM].stats);
}

static struct kunit_suite pseudo_suite = {
	.suite_init = pseudo_suite_init,
	.suite_exit = pseudo_suite_exit,
	.name = "pseudo",
	.test_cases = pseudo_cases,
};

kunit_test_suite(pseudo_suite);

MODULE_DESCRIPTION("KUnit tests of pseudo's logic");
MODULE_LICENSE("GPL");
