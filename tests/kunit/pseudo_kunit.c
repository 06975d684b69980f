// SPDX-License-Identifier: GPL-2.0
/*
 * The logic of pseudo: the pattern's bytes and their check, the key stream.
 */
#include <kunit/test.h>
#include <linux/module.h>
#include <linux/prandom.h>
#include <linux/random.h>
#include <linux/slab.h>
#include <softdev/fault.h>
#include "../../drivers/pseudo/keystream.c"
#include "../../drivers/pseudo/stream.c"

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
	/* ChaCha20, key and nonce of zeros: block 1, as published. */
	static const u8 first[] = {
		0x9f, 0x07, 0xe7, 0xbe, 0x55, 0x51, 0x38, 0x7a,
		0x98, 0xba, 0x97, 0x7c, 0x73, 0x2d, 0x08, 0x0d,
	};
	/* Block 0's first half is the key from then on. */
	static const u8 key[PSEUDO_KEY_SIZE] = {
		0x76, 0xb8, 0xe0, 0xad, 0xa0, 0xf1, 0x3d, 0x90,
		0x40, 0x5d, 0x6a, 0xe5, 0x53, 0x86, 0xbd, 0x28,
		0xbd, 0xd2, 0x19, 0xb8, 0xa0, 0x8d, 0xed, 0x1a,
		0xa8, 0x36, 0xef, 0xcc, 0x8b, 0x77, 0x0d, 0xc7,
	};
	static const u8 second[] = {
		0x55, 0x1a, 0xaa, 0x9b, 0xa4, 0x6f, 0xaa, 0xd5,
		0x28, 0xf6, 0x76, 0x3d, 0xde, 0x93, 0xc0, 0x3f,
	};
	/* The end of a piece of 4096 bytes: block 64. */
	static const u8 end[] = {
		0xf1, 0xac, 0xc8, 0x15, 0x61, 0x7d, 0xff, 0xd8,
		0xe0, 0x18, 0x73, 0xb1, 0x29, 0x0e, 0x5b, 0x94,
	};
	struct pseudo_keystream ks = {};
	u8 *buf = room(test);

	pseudo_keystream_take(&ks, buf, 4096);
	KUNIT_EXPECT_MEMEQ(test, buf, first, sizeof(first));
	KUNIT_EXPECT_MEMEQ(test, buf + 4080, end, sizeof(end));
	KUNIT_EXPECT_MEMEQ(test, ks.key, key, sizeof(key));
	pseudo_keystream_take(&ks, buf, 16);
	KUNIT_EXPECT_MEMEQ(test, buf, second, sizeof(second));
	pseudo_keystream_wipe(&ks);
	KUNIT_EXPECT_NULL(test, memchr_inv(&ks, 0, sizeof(ks)));
}

/* A piece's beginning does not depend on its length; nothing beside it. */
static void keystream_lengths(struct kunit *test)
{
	u8 *whole = room(test), *buf = room(test);
	struct pseudo_keystream ks = { .key = { 1, 2, 3 } };
	struct pseudo_keystream after = ks;
	size_t len;

	pseudo_keystream_take(&after, whole, 1024);
	for (len = 0; len < 300; len++) {
		struct pseudo_keystream again = ks;

		memset(buf, 0x5a, 512);
		pseudo_keystream_take(&again, buf, len);
		KUNIT_EXPECT_MEMEQ(test, buf, whole, len);
		KUNIT_EXPECT_EQ(test, buf[len], 0x5a);
		KUNIT_EXPECT_MEMEQ(test, again.key, after.key,
				   sizeof(after.key));
	}
	/* The key is not among what was handed out. */
	for (len = 0; len + PSEUDO_KEY_SIZE <= 1024; len++)
		KUNIT_EXPECT_NE(test, 0, memcmp(whole + len, after.key,
						PSEUDO_KEY_SIZE));
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
	{}
};

static struct kunit_suite pseudo_suite = {
	.name = "pseudo",
	.test_cases = pseudo_cases,
};

kunit_test_suite(pseudo_suite);

MODULE_DESCRIPTION("KUnit tests of pseudo's logic");
MODULE_LICENSE("GPL");
