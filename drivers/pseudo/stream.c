// SPDX-License-Identifier: GPL-2.0
/*
 * The pattern's generator and its check; see stream.h.
 */
#include <linux/kernel.h>
#include <linux/minmax.h>
#include <linux/string.h>
#include <softdev/compat.h>
#include <uapi/softdev/pseudo_pattern.h>
#include "stream.h"

#define STREAM_STEP	PSEUDO_WORD_STEP

/* Bytes made or compared at a time, enough to keep a processor's ALUs busy. */
#define STREAM_BATCH	32

/* What word number pos / 8 is the scramble of. */
static __always_inline u64 stream_at(u64 key, u64 pos)
{
	return key + (pos >> 3) * STREAM_STEP;
}

u64 pseudo_stream_key(u64 seed)
{
	return pseudo_word_key(seed);
}

/* What of one word lies at @pos and after it, at most @len bytes. */
static size_t stream_piece(u64 key, u64 pos, u8 *buf, size_t len)
{
	size_t skip = pos & 7;
	size_t n = min_t(size_t, 8 - skip, len);
	u8 word[8];

	put_unaligned_le64(pseudo_word_scramble(stream_at(key, pos)), word);
	memcpy(buf, word + skip, n);
	return n;
}

void pseudo_stream_fill(u64 key, u64 pos, void *buf, size_t len)
{
	size_t done = 0;
	u8 *p = buf;
	u64 x;

	if (pos & 7)
		done = stream_piece(key, pos, p, len);
	x = stream_at(key, pos + done);
	for (; len - done >= STREAM_BATCH; done += STREAM_BATCH) {
		u8 *q = p + done;

		put_unaligned_le64(pseudo_word_scramble(x), q);
		put_unaligned_le64(pseudo_word_scramble(x + STREAM_STEP),
				   q + 8);
		put_unaligned_le64(pseudo_word_scramble(x + 2 * STREAM_STEP),
				   q + 16);
		put_unaligned_le64(pseudo_word_scramble(x + 3 * STREAM_STEP),
				   q + 24);
		x += 4 * STREAM_STEP;
	}
	while (done < len)
		done += stream_piece(key, pos + done, p + done, len - done);
}

static __always_inline u64 stream_wrong(u64 x, const u8 *p)
{
	return pseudo_word_scramble(x) ^ get_unaligned_le64(p);
}

/* As pseudo_stream_check(), for what of one word lies at @pos and after it. */
static size_t stream_check_piece(u64 key, u64 pos, const u8 *buf, size_t *len)
{
	u8 piece[8];
	size_t i;

	*len = stream_piece(key, pos, piece, *len);
	for (i = 0; i < *len && buf[i] == piece[i]; i++)
		;
	return i;
}

size_t pseudo_stream_check(u64 key, u64 pos, const void *buf, size_t len)
{
	size_t done = 0, piece = len, same;
	const u8 *p = buf;
	u64 x;

	if (pos & 7) {
		done = stream_check_piece(key, pos, p, &piece);
		if (done < piece)
			return done;
	}
	x = stream_at(key, pos + done);
	for (; len - done >= STREAM_BATCH; done += STREAM_BATCH) {
		const u8 *q = p + done;

		if (unlikely(stream_wrong(x, q) |
			     stream_wrong(x + STREAM_STEP, q + 8) |
			     stream_wrong(x + 2 * STREAM_STEP, q + 16) |
			     stream_wrong(x + 3 * STREAM_STEP, q + 24)))
			break;
		x += 4 * STREAM_STEP;
	}
	/* What is left, or the batch with the difference. */
	while (done < len) {
		piece = len - done;
		same = stream_check_piece(key, pos + done, p + done, &piece);
		done += same;
		if (same < piece)
			break;
	}
	return done;
}
