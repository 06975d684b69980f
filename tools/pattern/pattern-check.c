// SPDX-License-Identifier: GPL-2.0-only
/*
 * pattern-check: is this file or disk what /dev/pseudo/pattern would have put
 * there, and where it is not, what is there instead?
 *
 * A thread reads ahead; main() goes through the pieces in order. What differs is
 * cut into runs, each explained by one model: a byte that repeats, or a pattern
 * (a seed, and by how much it is out of place). A word of a pattern tells its
 * number or its seed, see softdev/pseudo_pattern.h, so a model comes from the
 * bytes themselves. The run lasts as long as the bytes are what the model
 * foretells; bytes without a model are flipped bits or something else.
 *
 * Inside, an offset is one of the pattern; the file's first byte is at "base".
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <inttypes.h>
#include <limits.h>
#include <linux/fs.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <softdev/pseudo_pattern.h>

#define min(a, b)	((a) < (b) ? (a) : (b))
#define max(a, b)	((a) > (b) ? (a) : (b))

/* Bytes read at a time. */
#define CHUNK		((size_t)4 << 20)
/* Pieces on their way from the reader. */
#define PIECES		3
/* Where a chunk cannot be read these are tried, then single units. */
#define SUSPECT		((size_t)65536)
/* Room before a piece for what is left of the one before it. */
#define HEAD		((size_t)4096)
/* Bytes that must be there to say what a difference is. */
#define LOOK		((size_t)544)
/* A disk writes no less; runs are taken to begin and end there if they may. */
#define SECTOR		((uint64_t)512)
/* So many bits of a word may differ, and it is still the word. */
#define FLIPS_MAX	8
/* Flipped bits no farther apart are one run. */
#define FLIPS_GAP	512
/* A byte that repeats: in what is right, and in what is like nothing. */
#define FILL_MIN	8
#define FILL_MIN_OTHER	512
/* Seeds that people choose; their bytes are known wherever they are. */
#define SMALL_SEEDS	256
/* A seed that a word has by accident is hardly ever below it. */
#define LIKELY_SEED	((uint64_t)1 << 32)
/* Offsets below it are always likely. */
#define LEAST_EXTENT	((uint64_t)1 << 44)
#define KNOWN_MAX	32
#define MODELS_MAX	16

enum kind {
	ZEROS, ONES, FILL, MOVED, SEED, FLIPS, OTHER, UNREADABLE, MISSING, KINDS
};

static const char *const kind_names[KINDS] = {
	"zeros", "ones", "fill", "moved", "seed", "flips", "other",
	"unreadable", "missing"
};

/* What is at the place where moved bytes belong. */
enum there { UNKNOWN, COPY, SWAPPED, SHIFTED, STRAY, BEYOND };

static const char *const there_names[] = {
	"unknown", "copy", "swapped", "shifted", "stray", "beyond"
};

static const char *const there_texts[] = {
	"", ", which has them too", ", swapped with what is there",
	", shifted", ", which has something else", ", beyond the end"
};

/**
 * struct model - what bytes are, so that the next ones can be foretold
 * @kind: FLIPS and OTHER foretell nothing
 * @fill: the byte that repeats
 * @seed: of the pattern
 * @key: the seed's
 * @shift: bytes at v belong at v + @shift
 * @unsure: the seed is true only if the bytes are in their place
 */
struct model {
	enum kind kind;
	uint8_t fill;
	uint64_t seed;
	uint64_t key;
	uint64_t shift;
	bool unsure;
};

/**
 * struct run - a piece of the file that is not what it should be
 * @model: what it is
 * @start: of its first byte
 * @end: behind its last one
 * @set: bits that should be 0, if they were flipped
 * @cleared: bits that should be 1
 * @mask: all bits of a word that were flipped
 * @there: of moved bytes
 * @err: why it cannot be read
 */
struct run {
	struct model model;
	uint64_t start;
	uint64_t end;
	uint64_t set;
	uint64_t cleared;
	uint64_t mask;
	enum there there;
	int err;
};

/**
 * struct piece - a part of the file, read or unreadable
 * @mem: HEAD free bytes, then the bytes
 * @off: where it is in the file
 * @len: how long it is
 * @err: why there are no bytes
 */
struct piece {
	uint8_t *mem;
	uint64_t off;
	size_t len;
	int err;
};

/* The file, and what its reader shares with main(). */
static struct {
	const char *path;
	int fd;
	bool disk;
	uint64_t size;		/* what is there */
	uint64_t total;		/* what should be */
	size_t unit;		/* of reading */
	uint64_t good;		/* the reader's: behind what it last read */
	pthread_mutex_t lock;	/* protects head, tail and done */
	pthread_cond_t change;	/* of one of these */
	unsigned int head, tail;
	bool done;
	int fatal;		/* what ended reading, set before done is */
	struct piece pieces[PIECES];
} in = {
	.lock = PTHREAD_MUTEX_INITIALIZER,
	.change = PTHREAD_COND_INITIALIZER,
};

static struct {
	uint64_t seed, base, length, runs;
	bool direct, buffered, json, quiet;
	uint64_t known[KNOWN_MAX];
	unsigned int nr_known;
} opt = { .length = UINT64_MAX, .runs = 1000 };

/* How far the check has come and what it has found. */
static struct {
	uint64_t key;
	uint64_t v;		/* of the next byte */
	uint64_t extent;	/* no bytes belong behind it */
	uint64_t floor;		/* behind the last run */
	bool open;
	struct run run;
	struct model models[MODELS_MAX];
	unsigned int nr_models;
	uint64_t runs, kind_runs[KINDS], kind_bytes[KINDS], checked;
	uint64_t set, cleared, mask;
	struct run last;
	/* Of moved bytes: */
	uint64_t moved_first, moved_end, moved_shift, moved_gcd;
	bool moved_varies, moved_back;
	uint64_t there[BEYOND + 1];
} ck;

static struct timespec began;
static bool progress;
static double progress_next;
static volatile sig_atomic_t stopped;

__attribute__((noreturn, format(printf, 1, 2)))
static void die(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	fputs("pattern-check: ", stderr);
	vfprintf(stderr, format, args);
	fputc('\n', stderr);
	va_end(args);
	exit(2);
}

static double seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec - began.tv_sec + (now.tv_nsec - began.tv_nsec) / 1e9;
}

/*
 * The pattern.
 */

static uint64_t load(const uint8_t *p)
{
	uint64_t word;

	memcpy(&word, p, sizeof(word));
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	word = __builtin_bswap64(word);
#endif
	return word;
}

static uint8_t byte_at(uint64_t key, uint64_t v)
{
	return pseudo_word(key, v >> 3) >> 8 * (v & 7);
}

/* How many bytes are the pattern's before the first that is not? */
static size_t same(uint64_t key, uint64_t v, const uint8_t *p, size_t len)
{
	size_t done = 0;
	uint64_t x;

	for (; done < len && (v + done) & 7; done++)
		if (p[done] != byte_at(key, v + done))
			return done;
	x = key + ((v + done) >> 3) * PSEUDO_WORD_STEP;
	for (; len - done >= 32; done += 32) {
		const uint8_t *q = p + done;
		uint64_t wrong = 0;
		int i;

		for (i = 0; i < 4; i++) {
			wrong |= pseudo_word_scramble(x) ^ load(q + 8 * i);
			x += PSEUDO_WORD_STEP;
		}
		if (wrong)
			break;
	}
	while (done < len && p[done] == byte_at(key, v + done))
		done++;
	return done;
}

static bool foretells(const struct model *m)
{
	return m->kind < FLIPS;
}

static uint8_t foretold(const struct model *m, uint64_t v)
{
	return m->kind <= FILL ? m->fill : byte_at(m->key, v + m->shift);
}

/* How many bytes are what the model foretells? */
static size_t fits(const struct model *m, uint64_t v, const uint8_t *p,
		   size_t len)
{
	size_t n = 0;

	if (m->kind > FILL)
		return same(m->key, v + m->shift, p, len);
	if (!len || *p != m->fill)
		return 0;
	/* memcmp() with what is one further on is fast, but for the end. */
	for (n = 1; len - n >= 4096 && !memcmp(p + n - 1, p + n, 4096);)
		n += 4096;
	while (n < len && p[n] == m->fill)
		n++;
	return n;
}

/*
 * From bytes to models.
 */

static bool known_seed(uint64_t seed)
{
	unsigned int i;

	for (i = 0; i < opt.nr_known; i++)
		if (opt.known[i] == seed)
			return true;
	return seed < LIKELY_SEED;
}

/* Does a seed have these bytes at an offset that may have been written? */
static bool elsewhere(struct model *m, uint64_t seed, uint64_t x, uint64_t v)
{
	uint64_t key = pseudo_word_key(seed);
	uint64_t i = (x - key) * PSEUDO_WORD_STEP_INV;

	if (i >= ck.extent >> 3)
		return false;
	*m = (struct model){
		.kind = seed == opt.seed ? MOVED : SEED, .seed = seed,
		.key = key, .shift = 8 * i - v,
	};
	return true;
}

/* Whose is a word that its neighbour shows to be one? It comes from x. */
static void whose(struct model *m, uint64_t x, uint64_t v)
{
	uint64_t shift = -v & 7, seed;
	uint64_t key = x - ((v + shift) >> 3) * PSEUDO_WORD_STEP;
	unsigned int i;

	if (elsewhere(m, opt.seed, x, v))
		return;
	/* In its place, or as near to it as words can be. */
	*m = (struct model){
		.kind = SEED, .seed = pseudo_word_seed(key), .key = key,
		.shift = shift,
	};
	if (known_seed(m->seed) && !m->shift)
		return;
	for (i = 0; i < opt.nr_known; i++)
		if (elsewhere(m, opt.known[i], x, v))
			return;
	for (seed = 0; seed < SMALL_SEEDS; seed++)
		if (elsewhere(m, seed, x, v))
			return;
	m->unsure = true;
}

static bool same_model(const struct model *a, const struct model *b)
{
	return a->kind == b->kind && a->fill == b->fill && a->key == b->key &&
	       a->shift == b->shift;
}

/* The latest is first; the oldest is forgotten. */
static void remember(const struct model *m)
{
	struct model copy = *m;
	unsigned int i;

	for (i = 0; i < ck.nr_models; i++)
		if (same_model(&ck.models[i], &copy))
			break;
	if (i == ck.nr_models && i < MODELS_MAX)
		ck.nr_models++;
	i = min(i, MODELS_MAX - 1);
	memmove(ck.models + 1, ck.models, i * sizeof(*ck.models));
	ck.models[0] = copy;
}

static bool find_fill(struct model *m, const uint8_t *p, size_t len,
		      size_t least)
{
	size_t n = 1;

	*m = (struct model){ .fill = *p };
	m->kind = *p == 0 ? ZEROS : *p == 0xff ? ONES : FILL;
	if (m->kind == FILL)
		least = max(least, 16);
	while (n < len && n < least && p[n] == *p)
		n++;
	return n == least;
}

/*
 * Two words in a row, at any of eight alignments. *lead is where the model
 * begins to hold.
 */
static bool find_words(struct model *m, uint64_t v, const uint8_t *p,
		       size_t len, size_t *lead)
{
	uint64_t x, y;
	size_t k;

	for (k = 0; k < 8 && k + 16 <= len; k++) {
		x = pseudo_word_unscramble(load(p + k));
		y = pseudo_word_unscramble(load(p + k + 8));
		if (y - x != PSEUDO_WORD_STEP)
			continue;
		/* What should be there is no model. */
		if (x == ck.key + ((v + k) >> 3) * PSEUDO_WORD_STEP &&
		    !((v + k) & 7))
			return false;
		whose(m, x, v + k);
		while (k && foretold(m, v + k - 1) == p[k - 1])
			k--;
		*lead = k;
		return true;
	}
	return false;
}

/* A word alone, what is right behind it: only where it is likely at all. */
static bool find_word(struct model *m, uint64_t v, const uint8_t *p, size_t len)
{
	size_t after = min(len - 8, 16);

	if (len < 8 || v & 7 || same(ck.key, v + 8, p + 8, after) < after)
		return false;
	return elsewhere(m, opt.seed, pseudo_word_unscramble(load(p)), v);
}

static bool find_known(struct model *m, uint64_t v, const uint8_t *p, size_t len)
{
	unsigned int i;

	for (i = 0; len >= 16 && i < ck.nr_models; i++) {
		if (fits(&ck.models[i], v, p, 16) < 16)
			continue;
		*m = ck.models[i];
		return true;
	}
	return false;
}

/* The bits that differ in the rest of a word; *n is the rest's length. */
static uint64_t wrong_bits(uint64_t v, const uint8_t *p, size_t len, size_t *n)
{
	uint64_t bits = 0;
	size_t i;

	*n = min(len, 8 - (v & 7));
	for (i = 0; i < *n; i++)
		bits |= (uint64_t)(p[i] ^ byte_at(ck.key, v + i)) <<
			8 * ((v + i) & 7);
	return bits;
}

/* Few bits of this word differ, and the next one is a word, too. */
static bool is_flips(uint64_t v, const uint8_t *p, size_t len)
{
	size_t n, next;

	if (__builtin_popcountll(wrong_bits(v, p, len, &n)) > FLIPS_MAX)
		return false;
	return __builtin_popcountll(wrong_bits(v + n, p + n, len - n, &next)) <=
	       FLIPS_MAX;
}

/* A few bytes that repeat, more than bits that flipped. */
static bool find_short_fill(struct model *m, uint64_t v, const uint8_t *p,
			    size_t len)
{
	size_t n = 1, after;

	while (n < len && p[n] == *p)
		n++;
	after = min(len - n, 16);
	*m = (struct model){ .kind = *p ? ONES : ZEROS, .fill = *p };
	return n >= 2 && (*p == 0 || *p == 0xff) &&
	       same(ck.key, v + n, p + n, after) == after;
}

/*
 * What begins here, where a byte is wrong? Bytes before *lead are not of the
 * model.
 */
static bool find_model(struct model *m, uint64_t v, const uint8_t *p, size_t len,
		       size_t fill_least, size_t *lead)
{
	*lead = 0;
	return find_fill(m, p, len, fill_least) || find_known(m, v, p, len) ||
	       find_words(m, v, p, len, lead);
}

/*
 * What is told to the user.
 */

static void line_end(void)
{
	if (progress && progress_next)
		fputs("\r\033[K", stderr);
}

static const char *human(double bytes)
{
	static const char *const units[] = { "B", "kB", "MB", "GB", "TB", "PB" };
	static char text[4][24];
	static unsigned int turn;
	char *to = text[turn++ % 4];
	unsigned int i = 0;

	for (; bytes >= 999.5 && i < 5; i++)
		bytes /= 1000;
	snprintf(to, sizeof(text[0]), i && bytes < 99.95 ? "%.1f %s" : "%.0f %s",
		 bytes, units[i]);
	return to;
}

static void show_progress(void)
{
	double now = seconds(), rate = now ? ck.checked / now : 0;
	unsigned long left;

	if (!progress || now < progress_next)
		return;
	progress_next = now + 0.2;
	left = rate ? (in.total - ck.checked) / rate : 0;
	fprintf(stderr, "\r\033[K%3.0f%% of %s, %s/s, %lu:%02lu:%02lu left, %"
		PRIu64 " bad %s", 100.0 * ck.checked / in.total,
		human(in.total), human(rate), left / 3600, left / 60 % 60,
		left % 60, ck.runs, ck.runs == 1 ? "run" : "runs");
}

/* Offsets in the file, which what belongs before its beginning has not. */
static int64_t in_file(uint64_t v)
{
	return v - opt.base;
}

static void print_place(const struct model *m, uint64_t v)
{
	int64_t shift = m->shift;

	if (!shift)
		return;
	printf("belongs at offset %" PRId64 " (%" PRIu64 " bytes %s)",
	       in_file(v + m->shift), shift < 0 ? -m->shift : m->shift,
	       shift < 0 ? "before" : "further on");
}

static void print_flips(const struct run *r)
{
	uint64_t bits = r->set + r->cleared;

	if (bits == 1)
		printf("1 bit flipped (bit %d of the byte, to %d)",
		       __builtin_ctzll(r->mask) & 7, r->set ? 1 : 0);
	else
		printf("%" PRIu64 " bits flipped (%" PRIu64 " to 1, %" PRIu64
		       " to 0)", bits, r->set, r->cleared);
}

static void print_what(const struct run *r)
{
	const struct model *m = &r->model;

	switch (m->kind) {
	case FILL:
		printf("the byte 0x%02x", m->fill);
		break;
	case MOVED:
		print_place(m, r->start);
		fputs(there_texts[r->there], stdout);
		break;
	case SEED:
		printf("of seed %" PRIu64, m->seed);
		if (m->unsure)
			fputs(", or of another seed and place", stdout);
		else if (m->shift)
			fputs(", ", stdout);
		if (!m->unsure)
			print_place(m, r->start);
		break;
	case FLIPS:
		print_flips(r);
		break;
	case OTHER:
		fputs("something else", stdout);
		break;
	case UNREADABLE:
		printf("cannot be read: %s", strerror(r->err));
		break;
	case MISSING:
		fputs("missing: the file has ended", stdout);
		break;
	default:
		fputs(kind_names[m->kind], stdout);
	}
}

static void json_what(const struct run *r)
{
	const struct model *m = &r->model;

	switch (m->kind) {
	case FILL:
		printf(", \"byte\": %u", m->fill);
		break;
	case SEED:
		printf(", \"seed\": %" PRIu64 ", \"sure\": %s", m->seed,
		       m->unsure ? "false" : "true");
		if (!m->unsure)
			printf(", \"belongs_at\": %" PRId64,
			       in_file(r->start + m->shift));
		break;
	case MOVED:
		printf(", \"belongs_at\": %" PRId64 ", \"there\": \"%s\"",
		       in_file(r->start + m->shift), there_names[r->there]);
		break;
	case FLIPS:
		printf(", \"set\": %" PRIu64 ", \"cleared\": %" PRIu64
		       ", \"mask\": %" PRIu64, r->set, r->cleared, r->mask);
		break;
	case UNREADABLE:
		printf(", \"error\": \"%s\"", strerrorname_np(r->err));
		break;
	default:
		break;
	}
}

static void print_run(const struct run *r)
{
	if (opt.quiet || ck.runs > opt.runs)
		return;
	line_end();
	if (opt.json) {
		printf("%s\n  {\"offset\": %" PRId64 ", \"length\": %" PRIu64
		       ", \"kind\": \"%s\"", ck.runs > 1 ? "," : "",
		       in_file(r->start), r->end - r->start,
		       kind_names[r->model.kind]);
		json_what(r);
		putchar('}');
	} else {
		printf("%14" PRId64 " %12" PRIu64 "  ", in_file(r->start),
		       r->end - r->start);
		print_what(r);
		putchar('\n');
	}
	fflush(stdout);
}

/*
 * Runs.
 */

static uint64_t gcd(uint64_t a, uint64_t b)
{
	while (b) {
		uint64_t c = a % b;

		a = b;
		b = c;
	}
	return a;
}

/* What does the file have at a place of the pattern? For 16 bytes. */
static bool look_at(uint64_t v, uint8_t *to)
{
	static uint8_t window[8192] __attribute__((aligned(4096)));
	uint64_t off = v - opt.base, at = off & ~(uint64_t)4095;
	ssize_t n;

	if (v < opt.base || off + 16 > in.size)
		return false;
	n = pread(in.fd, window, sizeof(window), at);
	if (n < (ssize_t)(off - at + 16))
		return false;
	memcpy(to, window + (off - at), 16);
	return true;
}

static enum there look_there(const struct run *r)
{
	uint64_t v = r->start, at;
	uint8_t there[16];

	/* Not at its ends, where the other place may have begun later. */
	if (r->end - r->start >= 64)
		v += (r->end - r->start) / 2;
	at = v + r->model.shift;
	if (r->end - v < 16)
		return UNKNOWN;
	if (at < opt.base || at - opt.base >= in.size)
		return BEYOND;
	if (!look_at(at, there))
		return UNKNOWN;
	if (same(ck.key, at, there, 16) == 16)
		return COPY;
	if (same(ck.key, v, there, 16) == 16)
		return SWAPPED;
	if (same(ck.key, at + r->model.shift, there, 16) == 16)
		return SHIFTED;
	return STRAY;
}

static void count_moved(struct run *r)
{
	uint64_t shift = r->model.shift;

	r->there = look_there(r);
	ck.there[r->there]++;
	if (!ck.kind_runs[MOVED]) {
		ck.moved_first = r->start;
		ck.moved_shift = shift;
	}
	ck.moved_varies |= shift != ck.moved_shift;
	ck.moved_back |= (int64_t)shift < 0;
	ck.moved_end = r->end;
	ck.moved_gcd = gcd(ck.moved_gcd, (int64_t)shift < 0 ? -shift : shift);
}

static void end_run(struct run *r)
{
	enum kind kind = r->model.kind;

	if (kind == MOVED)
		count_moved(r);
	ck.runs++;
	ck.kind_runs[kind]++;
	ck.kind_bytes[kind] += r->end - r->start;
	ck.set += r->set;
	ck.cleared += r->cleared;
	ck.mask |= r->mask;
	ck.floor = r->end;
	ck.last = *r;
	print_run(r);
}

static uint64_t sector(uint64_t v)
{
	return v - (v - opt.base) % SECTOR;
}

/* Bytes that are right may be the model's as well, by accident. */
static bool agree(const struct model *m, uint64_t from, uint64_t to)
{
	for (; from < to; from++)
		if (foretold(m, from) != byte_at(ck.key, from))
			return false;
	return true;
}

static void close_run(void)
{
	struct run *r = &ck.run;
	uint64_t border = sector(r->end + SECTOR - 1);

	ck.open = false;
	if (foretells(&r->model) && border <= ck.v)
		r->end = border;
	end_run(r);
}

static void open_run(const struct model *m)
{
	uint64_t border = sector(ck.v);

	ck.open = true;
	ck.run = (struct run){ .model = *m, .start = ck.v, .end = ck.v };
	if (!foretells(m))
		return;
	remember(m);
	if (border >= ck.floor && agree(m, border, ck.v))
		ck.run.start = border;
}

/* Bytes from ck.v on are counted to the run; what of them differs? */
static void take(const uint8_t *p, size_t len)
{
	struct run *r = &ck.run;
	uint64_t bits, set;
	size_t n;

	if (foretells(&r->model)) {
		for (n = len; n && p[n - 1] == byte_at(ck.key, ck.v + n - 1);)
			n--;
		if (n)
			r->end = ck.v + n;
		ck.v += len;
		return;
	}
	for (; len; p += n, len -= n, ck.v += n) {
		bits = wrong_bits(ck.v, p, len, &n);
		if (!bits)
			continue;
		set = bits & ~pseudo_word(ck.key, ck.v >> 3);
		r->set += __builtin_popcountll(set);
		r->cleared += __builtin_popcountll(bits & ~set);
		r->mask |= bits;
		r->end = (ck.v & ~7ULL) + 8 - (__builtin_clzll(bits) >> 3);
	}
}

/* A byte is wrong: a run begins. Returns the bytes that it took. */
static size_t begin(const uint8_t *p, size_t len)
{
	struct model m;
	size_t n, lead;

	if (find_fill(&m, p, len, FILL_MIN)) {
		open_run(&m);
		return 0;
	}
	if (is_flips(ck.v, p, len)) {
		open_run(&(struct model){ .kind = FLIPS });
		wrong_bits(ck.v, p, len, &n);
		take(p, n);
		return n;
	}
	if (find_model(&m, ck.v, p, len, FILL_MIN, &lead)) {
		if (!lead) {
			open_run(&m);
			return 0;
		}
	} else if (find_word(&m, ck.v, p, len) ||
		   find_short_fill(&m, ck.v, p, len)) {
		open_run(&m);
		return 0;
	}
	open_run(&(struct model){ .kind = OTHER });
	n = min(len, lead ? lead : 8 - (ck.v & 7));
	take(p, n);
	return n;
}

static size_t more_flips(const uint8_t *p, size_t len, bool final)
{
	size_t n = same(ck.key, ck.v, p, len);

	ck.v += n;
	if (ck.v - ck.run.end >= FLIPS_GAP) {
		close_run();
		return n;
	}
	if (n == len || (len - n < LOOK && !final))
		return n;
	if (is_flips(ck.v, p + n, len - n)) {
		size_t rest;

		wrong_bits(ck.v, p + n, len - n, &rest);
		take(p + n, rest);
		return n + rest;
	}
	close_run();
	return n;
}

/* Until something is right, or like something. */
static size_t more_other(const uint8_t *p, size_t len, bool final)
{
	size_t done = 0, n, lead;
	struct model m;

	while (done < len && (len - done >= LOOK || final)) {
		const uint8_t *q = p + done;
		size_t left = len - done;

		n = min(left, 8 - (ck.v & 7));
		if (!(ck.v & 7) && same(ck.key, ck.v, q, n) == n) {
			close_run();
			break;
		}
		if (find_model(&m, ck.v, q, left, FILL_MIN_OTHER, &lead)) {
			if (!lead) {
				close_run();
				break;
			}
			n = min(n, lead);
		}
		take(q, n);
		done += n;
	}
	return done;
}

static size_t more(const uint8_t *p, size_t len, bool final)
{
	size_t n;

	if (ck.run.model.kind == FLIPS)
		return more_flips(p, len, final);
	if (ck.run.model.kind == OTHER)
		return more_other(p, len, final);
	n = fits(&ck.run.model, ck.v, p, len);
	take(p, n);
	if (n < len)
		close_run();
	return n;
}

/*
 * Goes through bytes from ck.v on. Returns how many; the caller comes again
 * with the others and with what follows, unless nothing does (@final).
 */
static size_t scan(const uint8_t *p, size_t len, bool final)
{
	size_t done = 0, n;
	bool open;

	while (done < len) {
		if (!ck.open) {
			n = same(ck.key, ck.v, p + done, len - done);
			ck.v += n;
			done += n;
			if (done == len || (len - done < LOOK && !final))
				break;
			done += begin(p + done, len - done);
			continue;
		}
		open = ck.open;
		n = more(p + done, len - done, final);
		done += n;
		if (!n && open == ck.open)
			break;
	}
	if (final && ck.open)
		close_run();
	return done;
}

/* A run without bytes. */
static void no_bytes(enum kind kind, uint64_t off, uint64_t len, int err)
{
	static struct run hole;

	/* Neighbours are one; len 0: there are no more. */
	if (hole.end && (!len || hole.end != off + opt.base ||
			 hole.model.kind != kind || hole.err != err)) {
		end_run(&hole);
		hole.end = 0;
	}
	if (!len)
		return;
	if (!hole.end)
		hole = (struct run){ .model.kind = kind, .err = err,
				     .start = off + opt.base };
	hole.end = off + opt.base + len;
	ck.v = hole.end;
}

/*
 * The reader.
 */

static void put_piece(uint64_t off, size_t len, int err)
{
	struct piece *p;

	pthread_mutex_lock(&in.lock);
	p = &in.pieces[in.head % PIECES];
	p->off = off;
	p->len = len;
	p->err = err;
	in.head++;
	pthread_cond_broadcast(&in.change);
	pthread_mutex_unlock(&in.lock);
}

static struct piece *free_piece(void)
{
	pthread_mutex_lock(&in.lock);
	while (in.head - in.tail == PIECES)
		pthread_cond_wait(&in.change, &in.lock);
	pthread_mutex_unlock(&in.lock);
	return &in.pieces[in.head % PIECES];
}

/* What no other place of the file will do better. */
static bool is_fatal(int err)
{
	return err == ENODEV || err == ENXIO || err == ENOMEDIUM ||
	       err == ESHUTDOWN || err == ENOMEM || err == EBADF ||
	       err == EISDIR;
}

static ssize_t read_at(uint8_t *to, size_t len, uint64_t off)
{
	ssize_t n = pread(in.fd, to, len, off);

	if (n < 0 && errno == EINVAL) {
		/* Not by O_DIRECT, then. */
		int flags = fcntl(in.fd, F_GETFL);

		if (flags & O_DIRECT && !fcntl(in.fd, F_SETFL, flags & ~O_DIRECT))
			n = pread(in.fd, to, len, off);
	}
	return n;
}

static bool unreadable(struct piece *p, uint64_t off)
{
	return read_at(p->mem + HEAD, in.unit, off) < 0;
}

/* Reads a part, in smaller ones where that fails. Returns false at the end. */
static bool read_part(uint64_t off, size_t len)
{
	struct piece *p = free_piece();
	size_t step = len > SUSPECT ? SUSPECT : in.unit, at;
	ssize_t n = read_at(p->mem + HEAD, len, off);
	int err = errno;

	if (stopped || !n)
		return false;
	if (n > 0) {
		/* Go on where the disk has a border. */
		if ((size_t)n < len && (size_t)n > in.unit)
			n -= n % in.unit;
		in.good = off + n;
		put_piece(off, n, 0);
		return (size_t)n == len || read_part(off + n, len - n);
	}
	if (is_fatal(err)) {
		in.fatal = err;
		return false;
	}
	/* In a long stretch of errors only the ends of a part are tried. */
	if (len <= in.unit ||
	    (len <= SUSPECT && off - in.good >= SUSPECT && unreadable(p, off) &&
	     unreadable(p, off + (len - 1) / in.unit * in.unit))) {
		put_piece(off, len, err);
		return true;
	}
	for (at = 0; at < len; at += step)
		if (!read_part(off + at, min(step, len - at)))
			return false;
	return true;
}

static void *reader(void *unused)
{
	uint64_t off, size = min(in.size, in.total);

	(void)unused;
	for (off = 0; off < size && !stopped; off += CHUNK)
		if (!read_part(off, min(CHUNK, size - off)))
			break;
	pthread_mutex_lock(&in.lock);
	in.done = true;
	pthread_cond_broadcast(&in.change);
	pthread_mutex_unlock(&in.lock);
	return NULL;
}

static struct piece *next_piece(void)
{
	bool none;

	pthread_mutex_lock(&in.lock);
	while (in.head == in.tail && !in.done)
		pthread_cond_wait(&in.change, &in.lock);
	none = in.head == in.tail;
	pthread_mutex_unlock(&in.lock);
	return none ? NULL : &in.pieces[in.tail % PIECES];
}

static void piece_done(void)
{
	pthread_mutex_lock(&in.lock);
	in.tail++;
	pthread_cond_broadcast(&in.change);
	pthread_mutex_unlock(&in.lock);
}

/* All pieces, in order. */
static void check(void)
{
	static uint8_t rest[LOOK];
	size_t nr_rest = 0, n;
	struct piece *p;
	uint8_t *from;

	while (!stopped && (p = next_piece())) {
		if (p->err) {
			scan(rest, nr_rest, true);
			nr_rest = 0;
			no_bytes(UNREADABLE, p->off, p->len, p->err);
		} else {
			no_bytes(UNREADABLE, 0, 0, 0);
			from = p->mem + HEAD - nr_rest;
			memcpy(from, rest, nr_rest);
			n = scan(from, nr_rest + p->len, false);
			nr_rest += p->len - n;
			memcpy(rest, from + n, nr_rest);
		}
		ck.checked = p->off + p->len;
		piece_done();
		show_progress();
	}
	scan(rest, nr_rest, true);
	if (!stopped && !in.fatal && ck.checked < in.total) {
		no_bytes(MISSING, ck.checked, in.total - ck.checked, 0);
		ck.checked = in.total;
	}
	no_bytes(MISSING, 0, 0, 0);
}

/*
 * What the runs together look like.
 */

static void conclusion(const char *what, uint64_t number, const char *format, ...)
{
	static bool again;
	va_list args;

	if (opt.json) {
		printf("%s\n  {\"what\": \"%s\", \"number\": %" PRIu64
		       ", \"text\": \"", again ? "," : "", what, number);
	} else {
		fputs("  ", stdout);
	}
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	fputs(opt.json ? "\"}" : "\n", stdout);
	again = true;
}

static void conclude_moved(uint64_t end)
{
	uint64_t shift = ck.moved_shift, n = ck.moved_gcd;
	bool back = (int64_t)shift < 0;

	if (!ck.kind_runs[MOVED])
		return;
	/* Of each place the last write is left, and all came round. */
	if (!ck.moved_back && ck.there[COPY] == ck.kind_runs[MOVED] &&
	    ck.moved_first == opt.base &&
	    ck.kind_bytes[MOVED] + n == ck.checked) {
		conclusion("wrapped", n, "addresses wrap: it holds only %" PRIu64
			   " bytes", n);
		return;
	}
	if (!ck.moved_varies && ck.moved_end == end && ck.moved_first < end)
		conclusion("shifted", back ? -shift : shift,
			   "from offset %" PRId64 " on everything is %" PRIu64
			   " bytes too %s", in_file(ck.moved_first),
			   back ? -shift : shift, back ? "far" : "early");
	if (ck.there[SWAPPED])
		conclusion("swapped", ck.there[SWAPPED], "%" PRIu64
			   " runs are swapped", ck.there[SWAPPED]);
}

static void conclude(void)
{
	uint64_t end = ck.checked + opt.base;
	const struct run *r = &ck.last;

	conclude_moved(end);
	if (ck.runs == 1 && r->model.kind == SEED && !r->model.shift &&
	    r->start == opt.base && r->end == end)
		conclusion("seed", r->model.seed,
			   "all of it is of seed %" PRIu64, r->model.seed);
	if (r->model.kind <= FILL && r->end == end && r->start > opt.base &&
	    ck.runs)
		conclusion("limited", in_file(r->start),
			   "nothing is kept from offset %" PRId64 " on",
			   in_file(r->start));
	if (ck.set + ck.cleared > 1 && !(ck.set && ck.cleared) &&
	    ck.kind_runs[FLIPS] && !ck.kind_runs[OTHER] &&
	    !(ck.mask & (ck.mask - 1)))
		conclusion("stuck", __builtin_ctzll(ck.mask),
			   "it is always bit %d of a word of 64, to %d",
			   __builtin_ctzll(ck.mask), ck.set ? 1 : 0);
}

static void json_string(const char *s)
{
	putchar('"');
	for (; *s; s++) {
		if (*s == '"' || *s == '\\')
			printf("\\%c", *s);
		else if ((unsigned char)*s < 32)
			printf("\\u%04x", *s);
		else
			putchar(*s);
	}
	putchar('"');
}

static void json_head(void)
{
	fputs("{\n\"file\": ", stdout);
	json_string(in.path);
	printf(",\n\"seed\": %" PRIu64 ",\n\"offset\": %" PRIu64
	       ",\n\"size\": %" PRIu64 ",\n\"runs\": [", opt.seed, opt.base,
	       in.total);
}

static uint64_t bad_bytes(void)
{
	uint64_t bytes = 0;
	int kind;

	for (kind = 0; kind < KINDS; kind++)
		bytes += ck.kind_bytes[kind];
	return bytes;
}

static void json_tail(void)
{
	const char *comma = "";
	int kind;

	printf("%s],\n\"listed\": %" PRIu64 ",\n\"bad_runs\": %" PRIu64
	       ",\n\"bad_bytes\": %" PRIu64 ",\n\"kinds\": {",
	       ck.runs ? "\n" : "", min(ck.runs, opt.runs), ck.runs,
	       bad_bytes());
	for (kind = 0; kind < KINDS; kind++) {
		if (!ck.kind_runs[kind])
			continue;
		printf("%s\n  \"%s\": {\"runs\": %" PRIu64 ", \"bytes\": %"
		       PRIu64 "}", comma, kind_names[kind], ck.kind_runs[kind],
		       ck.kind_bytes[kind]);
		comma = ",";
	}
	printf("},\n\"conclusions\": [");
	conclude();
	printf("],\n\"checked\": %" PRIu64 ",\n\"complete\": %s,\n"
	       "\"seconds\": %.3f\n}\n", ck.checked,
	       stopped || in.fatal ? "false" : "true", seconds());
}

static void text_tail(void)
{
	double took = seconds();
	int kind;

	if (ck.runs > opt.runs)
		printf("%14s %12s  and %" PRIu64 " runs more\n", "...", "",
		       ck.runs - opt.runs);
	printf("%s: %" PRIu64 " bytes in %.1f s (%s/s): ", in.path, ck.checked,
	       took, human(took ? ck.checked / took : 0));
	if (!ck.runs)
		printf("the pattern of seed %" PRIu64 "\n", opt.seed);
	else
		printf("%" PRIu64 " bad in %" PRIu64 " %s\n", bad_bytes(),
		       ck.runs, ck.runs == 1 ? "run" : "runs");
	for (kind = 0; kind < KINDS; kind++)
		if (ck.kind_runs[kind])
			printf("  %-10s %8" PRIu64 " %-4s %14" PRIu64 " bytes\n",
			       kind_names[kind], ck.kind_runs[kind],
			       ck.kind_runs[kind] == 1 ? "run" : "runs",
			       ck.kind_bytes[kind]);
	conclude();
}

/*
 * The command.
 */

static void usage(FILE *to)
{
	fputs(
"usage: pattern-check [OPTIONS] FILE\n"
"Says whether a file or disk is what /dev/pseudo/pattern would have written\n"
"there, and for each run that is not, what it is instead.\n"
"  -s, --seed N        the pattern's seed (0)\n"
"  -o, --offset N      offset in the pattern of the file's first byte (0)\n"
"  -l, --length N      how much should be there (what the file has)\n"
"  -k, --known N       another seed that was in use; may be repeated\n"
"  -n, --runs N        list no more runs than these (1000)\n"
"  -d, --direct        past the page cache; as for disks anyway\n"
"  -b, --buffered      through the page cache\n"
"  -j, --json          a report for programs\n"
"  -q, --quiet         nothing but the exit status\n"
"  -h, --help\n"
"Sizes take K, M, G, T, P, E. Exit status: 0 all is right, 1 something differs or\n"
"cannot be read, 2 the check could not be done.\n", to);
}

static uint64_t number(const char *what, const char *text, bool sizes)
{
	static const char suffixes[] = "KMGTPE";
	unsigned int shift = 0;
	const char *suffix;
	char *end;
	uint64_t n;

	errno = 0;
	n = strtoull(text, &end, 0);
	suffix = *end ? strchr(suffixes, *end & ~0x20) : NULL;
	if (sizes && suffix && !end[1]) {
		shift = 10 * (suffix - suffixes + 1);
		end++;
	}
	if (errno || *end || end == text || *text < '0' || *text > '9' ||
	    n > UINT64_MAX >> shift ||
	    (sizes && n << shift > (uint64_t)INT64_MAX))
		die("%s: '%s' is not a number that it takes", what, text);
	return n << shift;
}

static void options(int argc, char **argv)
{
	static const struct option longs[] = {
		{ "seed", required_argument, NULL, 's' },
		{ "offset", required_argument, NULL, 'o' },
		{ "length", required_argument, NULL, 'l' },
		{ "known", required_argument, NULL, 'k' },
		{ "runs", required_argument, NULL, 'n' },
		{ "direct", no_argument, NULL, 'd' },
		{ "buffered", no_argument, NULL, 'b' },
		{ "json", no_argument, NULL, 'j' },
		{ "quiet", no_argument, NULL, 'q' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 }
	};
	int c;

	while ((c = getopt_long(argc, argv, "s:o:l:k:n:dbjqh", longs, NULL)) >= 0) {
		switch (c) {
		case 's':
			opt.seed = number("--seed", optarg, false);
			break;
		case 'o':
			opt.base = number("--offset", optarg, true);
			break;
		case 'l':
			opt.length = number("--length", optarg, true);
			break;
		case 'k':
			if (opt.nr_known == KNOWN_MAX)
				die("--known: at most %d seeds", KNOWN_MAX);
			opt.known[opt.nr_known++] = number("--known", optarg,
							   false);
			break;
		case 'n':
			opt.runs = number("--runs", optarg, true);
			break;
		case 'd':
			opt.direct = true;
			break;
		case 'b':
			opt.buffered = true;
			break;
		case 'j':
			opt.json = true;
			break;
		case 'q':
			opt.quiet = true;
			break;
		case 'h':
			usage(stdout);
			exit(0);
		default:
			usage(stderr);
			exit(2);
		}
	}
	if (opt.direct && opt.buffered)
		die("--direct and --buffered exclude each other");
	if (argc - optind != 1) {
		usage(stderr);
		exit(2);
	}
	in.path = strcmp(argv[optind], "-") ? argv[optind] : "/dev/stdin";
}

static void open_input(void)
{
	int flags = O_RDONLY | O_CLOEXEC, unit;
	struct stat st;

	if (stat(in.path, &st))
		die("%s: %s", in.path, strerror(errno));
	/* Before it is opened: a pipe would wait for its writer. */
	if (S_ISFIFO(st.st_mode) || S_ISSOCK(st.st_mode))
		die("%s is a pipe, and this looks at places twice: save it to a file, or send it to /dev/pseudo/pattern, which checks too",
		    in.path);
	if (!S_ISREG(st.st_mode) && !S_ISBLK(st.st_mode))
		die("%s is neither a file nor a disk", in.path);
	in.disk = S_ISBLK(st.st_mode);
	if (opt.direct || (in.disk && !opt.buffered))
		flags |= O_DIRECT;
	in.fd = open(in.path, flags);
	if (in.fd < 0 && errno == EINVAL)
		in.fd = open(in.path, flags & ~O_DIRECT);
	if (in.fd < 0)
		die("%s: %s", in.path, strerror(errno));
	in.size = st.st_size;
	in.unit = 4096;
	if (in.disk) {
		if (ioctl(in.fd, BLKGETSIZE64, &in.size))
			die("%s: its size: %s", in.path, strerror(errno));
		if (flags & O_DIRECT && !ioctl(in.fd, BLKSSZGET, &unit))
			in.unit = unit;
	}
	in.total = opt.length == UINT64_MAX ? in.size : opt.length;
	if (!in.total)
		die("%s is empty: there is nothing to check", in.path);
	if (in.total > (uint64_t)INT64_MAX - opt.base)
		die("--offset: the pattern ends at 2^63 - 1");
}

static void on_signal(int number)
{
	(void)number;
	stopped = 1;
}

int main(int argc, char **argv)
{
	struct sigaction action = { .sa_handler = on_signal };
	pthread_t thread;
	int i, err;

	options(argc, argv);
	open_input();
	for (i = 0; i < PIECES; i++)
		if (posix_memalign((void **)&in.pieces[i].mem, 4096,
				   HEAD + CHUNK))
			die("no memory");
	ck.key = pseudo_word_key(opt.seed);
	ck.v = opt.base;
	ck.floor = opt.base;
	/* What a disk of twice the size would have, but at least 16 TiB. */
	ck.extent = max(2 * (opt.base + in.total), LEAST_EXTENT);
	if (ck.extent > INT64_MAX)
		ck.extent = INT64_MAX;
	clock_gettime(CLOCK_MONOTONIC, &began);
	progress = isatty(STDERR_FILENO) && !opt.quiet;
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	if (opt.json)
		json_head();
	err = pthread_create(&thread, NULL, reader, NULL);
	if (err)
		die("a thread: %s", strerror(err));
	pthread_detach(thread);
	check();
	line_end();
	if (opt.json)
		json_tail();
	else if (!opt.quiet)
		text_tail();
	if (in.fatal)
		die("%s: reading ended at offset %" PRIu64 ": %s", in.path,
		    ck.checked, strerror(in.fatal));
	if (stopped)
		die("stopped at offset %" PRIu64 " of %" PRIu64, ck.checked,
		    in.total);
	if (fflush(stdout) || ferror(stdout))
		die("standard output: %s", strerror(errno));
	return ck.runs ? 1 : 0;
}
