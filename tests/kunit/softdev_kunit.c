// SPDX-License-Identifier: GPL-2.0
/*
 * The shared headers: what users may write to a knob, names, dice, counters.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <kunit/test.h>
#include <linux/module.h>
#include <softdev/compat.h>
#include <softdev/config.h>
#include <softdev/fault.h>
#include <softdev/param.h>
#include <softdev/stats.h>

struct parse_case {
	const char *text;
	int err;
	u64 value;
};

static void check_parse(struct kunit *test, const struct softdev_setting *s,
			const struct parse_case *c, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		u64 value = 4711;
		int err = softdev_parse(s, c[i].text, &value);

		KUNIT_EXPECT_EQ_MSG(test, err, c[i].err, "text '%s'",
				    c[i].text);
		KUNIT_EXPECT_EQ_MSG(test, value, err ? 4711 : c[i].value,
				    "text '%s'", c[i].text);
	}
}

static void parse_uint(struct kunit *test)
{
	static const struct softdev_setting s = {
		.name = "u", .kind = SOFTDEV_UINT, .min = 1, .max = U64_MAX,
	};
	static const struct parse_case cases[] = {
		{ "1", 0, 1 },
		{ "  42\n", 0, 42 },
		{ "0x10", 0, 16 },
		{ "0XfF", 0, 255 },
		{ "007", 0, 7 },
		{ "18446744073709551615", 0, U64_MAX },
		{ "0xffffffffffffffff", 0, U64_MAX },
		{ "0", -ERANGE },
		{ "18446744073709551616", -ERANGE },
		{ "99999999999999999999999999", -ERANGE },
		{ "0x10000000000000000", -ERANGE },
		{ "", -EINVAL },
		{ "\n", -EINVAL },
		{ "0x", -EINVAL },
		{ "-1", -EINVAL },
		{ "+1", -EINVAL },
		{ "1k", -EINVAL },
		{ "1 2", -EINVAL },
		{ "abc", -EINVAL },
		{ "1\xb2", -EINVAL },
	};

	check_parse(test, &s, cases, ARRAY_SIZE(cases));
}

static void parse_int(struct kunit *test)
{
	static const struct softdev_setting s = {
		.name = "i", .kind = SOFTDEV_INT, .min = (u64)-1, .max = 1023,
	};
	static const struct parse_case cases[] = {
		{ "-1", 0, (u64)-1 },
		{ "0", 0, 0 },
		{ "1023", 0, 1023 },
		{ "-0", 0, 0 },
		{ "-2", -ERANGE },
		{ "1024", -ERANGE },
		{ "-9223372036854775808", -ERANGE },
		{ "9223372036854775808", -ERANGE },
		{ "-", -EINVAL },
		{ "--1", -EINVAL },
		{ "1-", -EINVAL },
	};

	check_parse(test, &s, cases, ARRAY_SIZE(cases));
}

static void parse_size(struct kunit *test)
{
	static const struct softdev_setting any = {
		.name = "s", .kind = SOFTDEV_SIZE, .max = U64_MAX,
	};
	static const struct softdev_setting ring = {
		.name = "s", .kind = SOFTDEV_SIZE, .flags = SOFTDEV_POW2,
		.min = 4096, .max = 1 << 30,
	};
	static const struct parse_case any_cases[] = {
		{ "0", 0, 0 },
		{ "1", 0, 1 },
		{ "1k", 0, 1ULL << 10 },
		{ "1K", 0, 1ULL << 10 },
		{ "3M", 0, 3ULL << 20 },
		{ "2g", 0, 2ULL << 30 },
		{ "16T", 0, 16ULL << 40 },
		{ "5P", 0, 5ULL << 50 },
		{ "15E", 0, 15ULL << 60 },
		{ "0x10K", 0, 16ULL << 10 },
		/* E is a hexadecimal digit, so there it is no suffix. */
		{ "0x1E", 0, 0x1e },
		{ "0x1k", 0, 1ULL << 10 },
		{ "16E", -ERANGE },
		{ "18446744073709551615K", -ERANGE },
		{ "k", -EINVAL },
		{ "1kk", -EINVAL },
		{ "1KB", -EINVAL },
		{ "1 k", -EINVAL },
		{ "1.5G", -EINVAL },
		{ "-1", -EINVAL },
	};
	static const struct parse_case ring_cases[] = {
		{ "4K", 0, 4096 },
		{ "1G", 0, 1 << 30 },
		{ "2048", -ERANGE },
		{ "2G", -ERANGE },
		{ "5000", -EINVAL },
	};

	check_parse(test, &any, any_cases, ARRAY_SIZE(any_cases));
	check_parse(test, &ring, ring_cases, ARRAY_SIZE(ring_cases));
}

static const char *const words[] = { "stream", "record", NULL };

static void parse_words(struct kunit *test)
{
	static const struct softdev_setting choice = {
		.name = "mode", .kind = SOFTDEV_CHOICE, .choices = words,
	};
	static const struct softdev_setting boolean = {
		.name = "eof", .kind = SOFTDEV_BOOL,
	};
	static const struct parse_case choice_cases[] = {
		{ "stream", 0, 0 },
		{ "record\n", 0, 1 },
		{ "recor", -EINVAL },
		{ "records", -EINVAL },
		{ "RECORD", -EINVAL },
		{ "1", -EINVAL },
		{ "", -EINVAL },
	};
	static const struct parse_case boolean_cases[] = {
		{ "0", 0, 0 }, { "1", 0, 1 }, { "n", 0, 0 }, { "Y\n", 0, 1 },
		{ "2", -EINVAL }, { "yes", -EINVAL }, { "", -EINVAL },
		{ "10", -EINVAL },
	};

	check_parse(test, &choice, choice_cases, ARRAY_SIZE(choice_cases));
	check_parse(test, &boolean, boolean_cases, ARRAY_SIZE(boolean_cases));
}

/* What is formatted parses to the same value again. */
static void format_parses(struct kunit *test)
{
	static const struct softdev_setting rows[] = {
		{ .kind = SOFTDEV_UINT, .max = U64_MAX },
		{ .kind = SOFTDEV_SIZE, .max = U64_MAX },
		{ .kind = SOFTDEV_INT, .min = S64_MIN, .max = S64_MAX },
	};
	char text[SOFTDEV_TEXT_MAX];
	size_t i;
	int shift;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		for (shift = 1; shift < 64; shift++) {
			u64 value = U64_MAX >> shift, back = 0;

			softdev_format(&rows[i], value, text, sizeof(text));
			KUNIT_EXPECT_EQ(test, 0,
					softdev_parse(&rows[i], text, &back));
			KUNIT_EXPECT_EQ(test, back, value);
		}
	}
	softdev_format(&rows[2], (u64)-5, text, sizeof(text));
	KUNIT_EXPECT_STREQ(test, text, "-5");
}

static void describe_rows(struct kunit *test)
{
	static const struct softdev_setting size = {
		.kind = SOFTDEV_SIZE, .flags = SOFTDEV_POW2,
		.min = 4096, .max = 1 << 30,
	};
	static const struct softdev_setting choice = {
		.kind = SOFTDEV_CHOICE, .choices = words,
	};
	static const struct softdev_setting number = {
		.kind = SOFTDEV_INT, .min = (u64)-1, .max = 7,
	};
	/* As long as a description gets. */
	static const struct softdev_setting widest = {
		.kind = SOFTDEV_SIZE, .flags = SOFTDEV_POW2,
		.min = U64_MAX, .max = U64_MAX,
	};
	char text[SOFTDEV_TEXT_MAX];

	softdev_describe(&size, text, sizeof(text));
	KUNIT_EXPECT_STREQ(test, text,
			   "4096 to 1073741824 bytes (K, M, G, T, P, E allowed), a power of two");
	softdev_describe(&choice, text, sizeof(text));
	KUNIT_EXPECT_STREQ(test, text, "stream or record");
	softdev_describe(&number, text, sizeof(text));
	KUNIT_EXPECT_STREQ(test, text, "-1 to 7");
	softdev_describe(&widest, text, sizeof(text));
	KUNIT_EXPECT_LT(test, strlen(text), sizeof(text) - 1);
}

static void names(struct kunit *test)
{
	static const struct {
		const char *name;
		int err;
	} cases[] = {
		{ "ringchar-a", 0 },
		{ "ringchar-A_b-9z", 0 },
		{ "ringchar-1x", 0 },
		{ "ringchar-abcdefghijklmnopqr", 0 },
		{ "ringchar-abcdefghijklmnopqrs", -ENAMETOOLONG },
		{ "ringchar-", -EINVAL },
		{ "ringchar0", -EINVAL },
		{ "ringchar-1", -EINVAL },
		{ "ringchar-a1", -EINVAL },
		{ "ringchar-a-", -EINVAL },
		{ "ringchar-a_", -EINVAL },
		{ "ringchar-a.b", -EINVAL },
		{ "ringchar-a b", -EINVAL },
		{ "ringchar-\xe4", -EINVAL },
		{ "ringchar-\xe4z", -EINVAL },
		{ "ramblk-a", -EINVAL },
		{ "ringcharx-a", -EINVAL },
		{ "r", -EINVAL },
		{ "", -EINVAL },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(cases); i++)
		KUNIT_EXPECT_EQ_MSG(test, cases[i].err,
				    softdev_name_check("ringchar",
						       cases[i].name),
				    "name '%s'", cases[i].name);
}

static struct softdev_faults *new_faults(struct kunit *test, unsigned int nr)
{
	struct softdev_faults *f = kunit_kzalloc(test, sizeof(*f), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, f);
	KUNIT_ASSERT_EQ(test, 0, softdev_faults_init(f, nr));
	return f;
}

/* The first 64 draws of a stream as a bit map. */
static u64 draws(struct softdev_faults *f, unsigned int kind,
		 unsigned int queue)
{
	u64 map = 0;
	int i;

	for (i = 0; i < 64; i++)
		map |= (u64)softdev_fault(f, kind, queue) << i;
	return map;
}

static void dice_pure(struct kunit *test)
{
	struct softdev_faults *a = new_faults(test, 2);
	struct softdev_faults *b = new_faults(test, 4);
	u64 first, second;

	a->rate[3] = 300000;
	b->rate[3] = 300000;
	softdev_faults_reseed(a, 77);
	softdev_faults_reseed(b, 77);
	first = draws(a, 3, 1);
	second = draws(a, 3, 1);
	KUNIT_EXPECT_EQ(test, first, 0x42a8088434020095ULL);

	/* Other kinds, queues and their number change nothing. */
	b->rate[2] = 1000000;
	draws(b, 2, 1);
	draws(b, 3, 0);
	KUNIT_EXPECT_EQ(test, first, draws(b, 3, 1));
	KUNIT_EXPECT_EQ(test, second, draws(b, 3, 1));
	KUNIT_EXPECT_NE(test, first, second);

	/* A stream for each queue and for each kind. */
	softdev_faults_reseed(b, 77);
	b->rate[2] = 300000;
	KUNIT_EXPECT_NE(test, first, draws(b, 3, 0));
	KUNIT_EXPECT_NE(test, first, draws(b, 2, 1));

	/* The seed starts all over, counts too; another is another. */
	softdev_faults_reseed(a, 77);
	KUNIT_EXPECT_EQ(test, 0, atomic64_read(&a->hits[3]));
	KUNIT_EXPECT_EQ(test, first, draws(a, 3, 1));
	KUNIT_EXPECT_EQ(test, hweight64(first), atomic64_read(&a->hits[3]));
	softdev_faults_reseed(a, 78);
	KUNIT_EXPECT_NE(test, first, draws(a, 3, 1));

	softdev_faults_destroy(a);
	softdev_faults_destroy(b);
	softdev_faults_destroy(b);
}

/* What these draws are is for ever: scripts rely on a seed's faults. */
static void dice_golden(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, softdev_mix64(0), 0ULL);
	/* SplitMix64 seeded with 0: its published first two outputs. */
	KUNIT_EXPECT_EQ(test, softdev_mix64(0x9e3779b97f4a7c15ULL),
			0xe220a8397b1dcdafULL);
	KUNIT_EXPECT_EQ(test, softdev_mix64(2 * 0x9e3779b97f4a7c15ULL),
			0x6e789e6aa1b965f4ULL);
	KUNIT_EXPECT_EQ(test, softdev_hash64(0, 0, 0), 0xf53673d646f5b4fbULL);
	KUNIT_EXPECT_EQ(test, softdev_hash64(1, 0, 0), 0xf236ec8719d7b003ULL);
	KUNIT_EXPECT_EQ(test, softdev_hash64(42, 3ULL << 32 | 1, 7),
			0xd4457c923e9e5425ULL);
}

static void dice_rates(struct kunit *test)
{
	static const u32 rates[] = { 1, 1000, 100000, 500000, 999999 };
	struct softdev_faults *f = new_faults(test, 1);
	const int n = 200000;
	size_t i;
	int k;

	/* Rate 0 draws nothing: the stream is where it was. */
	KUNIT_EXPECT_EQ(test, 0, draws(f, 0, 0));
	KUNIT_EXPECT_EQ(test, 0, atomic64_read(&f->queues[0].drawn[0]));
	f->rate[0] = 1000000;
	KUNIT_EXPECT_EQ(test, U64_MAX, draws(f, 0, 0));
	KUNIT_EXPECT_EQ(test, 64, atomic64_read(&f->queues[0].drawn[0]));

	for (i = 0; i < ARRAY_SIZE(rates); i++) {
		s64 want = div_u64((u64)n * rates[i], 1000000);
		s64 hits;

		softdev_faults_reseed(f, i);
		f->rate[0] = rates[i];
		for (k = 0; k < n; k++)
			softdev_fault(f, 0, 0);
		hits = atomic64_read(&f->hits[0]);
		/* Six standard deviations of a fair die, and a little. */
		KUNIT_EXPECT_LT_MSG(test, abs(hits - want),
				    6 * int_sqrt64(want) + 8, "rate %u: %lld",
				    rates[i], hits);
	}
	softdev_faults_destroy(f);
}

/* Strikes at a low rate are a subset of those at a higher one. */
static void dice_subset(struct kunit *test)
{
	struct softdev_faults *low = new_faults(test, 1);
	struct softdev_faults *high = new_faults(test, 1);
	int i;

	low->rate[0] = 200000;
	high->rate[0] = 600000;
	for (i = 0; i < 1000; i++) {
		bool a = softdev_fault(low, 0, 0);
		bool b = softdev_fault(high, 0, 0);

		KUNIT_EXPECT_TRUE(test, !a || b);
	}
	softdev_faults_destroy(low);
	softdev_faults_destroy(high);
}

static void dice_random(struct kunit *test)
{
	struct softdev_faults *a = new_faults(test, 1);
	struct softdev_faults *b = new_faults(test, 1);
	u64 x = 1, y = 2, last = 3;
	int i;

	a->rate[0] = 1000000;
	b->rate[0] = 1000000;
	for (i = 0; i < 100; i++) {
		KUNIT_EXPECT_TRUE(test, softdev_fault_random(a, 0, 0, &x));
		KUNIT_EXPECT_TRUE(test, softdev_fault_random(b, 0, 0, &y));
		KUNIT_EXPECT_EQ(test, x, y);
		KUNIT_EXPECT_NE(test, x, last);
		last = x;
	}
	/* No strike, no randomness. */
	a->rate[0] = 0;
	x = 5;
	KUNIT_EXPECT_FALSE(test, softdev_fault_random(a, 0, 0, &x));
	KUNIT_EXPECT_EQ(test, x, 5);
	softdev_faults_destroy(a);
	softdev_faults_destroy(b);
}

static void dice_queues(struct kunit *test)
{
	struct softdev_faults *f = new_faults(test, 1);
	struct softdev_faults *g = new_faults(test, 1);
	u64 first, second;

	f->rate[1] = 500000;
	g->rate[1] = 500000;
	first = draws(g, 1, 0);
	second = draws(g, 1, 0);

	/* Queues that stay keep their place, new ones start. */
	KUNIT_EXPECT_EQ(test, first, draws(f, 1, 0));
	KUNIT_EXPECT_EQ(test, 0, softdev_faults_queues(f, 8));
	KUNIT_EXPECT_EQ(test, 8, f->nr_queues);
	KUNIT_EXPECT_EQ(test, 0, atomic64_read(&f->queues[7].drawn[1]));
	draws(f, 1, 7);
	KUNIT_EXPECT_EQ(test, 0, softdev_faults_queues(f, 1));
	KUNIT_EXPECT_EQ(test, second, draws(f, 1, 0));
	softdev_faults_destroy(f);
	softdev_faults_destroy(g);
}

static void stats_sum(struct kunit *test)
{
	struct softdev_stats s = {};
	u64 large = U32_MAX;
	int cpu, i;

	softdev_stats_destroy(&s);
	KUNIT_ASSERT_EQ(test, 0, softdev_stats_init(&s));
	for (i = 0; i < SOFTDEV_STATS_MAX; i++)
		KUNIT_EXPECT_EQ(test, 0ULL, softdev_stats_read(&s, i));
	softdev_stats_add(&s, 0, 5);
	/* As a constant it is more than the 32 bits of x86's add. */
	OPTIMIZER_HIDE_VAR(large);
	softdev_stats_add(&s, 0, large);
	softdev_stats_add(&s, SOFTDEV_STATS_MAX - 1, 1);
	KUNIT_EXPECT_EQ(test, softdev_stats_read(&s, 0), 5ULL + U32_MAX);
	KUNIT_EXPECT_EQ(test, 1ULL,
			softdev_stats_read(&s, SOFTDEV_STATS_MAX - 1));
	KUNIT_EXPECT_EQ(test, 0ULL, softdev_stats_read(&s, 1));

	/* Every possible CPU is counted in. */
	for_each_possible_cpu(cpu)
		u64_stats_add(&per_cpu_ptr(s.cpu, cpu)->v[1], 7);
	KUNIT_EXPECT_EQ(test, 7ULL * num_possible_cpus(),
			softdev_stats_read(&s, 1));
	softdev_stats_destroy(&s);
	KUNIT_EXPECT_NULL(test, s.cpu);
}

static struct kunit_case softdev_cases[] = {
	KUNIT_CASE(parse_uint),
	KUNIT_CASE(parse_int),
	KUNIT_CASE(parse_size),
	KUNIT_CASE(parse_words),
	KUNIT_CASE(format_parses),
	KUNIT_CASE(describe_rows),
	KUNIT_CASE(names),
	KUNIT_CASE(dice_pure),
	KUNIT_CASE(dice_golden),
	KUNIT_CASE(dice_rates),
	KUNIT_CASE(dice_subset),
	KUNIT_CASE(dice_random),
	KUNIT_CASE(dice_queues),
	KUNIT_CASE(stats_sum),
	{}
};

static struct kunit_suite softdev_suite = {
	.name = "softdev",
	.test_cases = softdev_cases,
};

kunit_test_suite(softdev_suite);

MODULE_DESCRIPTION("KUnit tests of softdev's shared headers");
MODULE_LICENSE("GPL");
