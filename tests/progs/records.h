/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Records that say what they are and can be made again from that: a head with
 * a checksum, and pseudorandom bytes.
 */
#ifndef TESTS_RECORDS_H
#define TESTS_RECORDS_H

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define RECORD_MAGIC	0x72656364u	/* in the machine's own order */
#define RECORD_MIN	64

struct record_head {
	uint32_t magic;
	uint32_t sum;		/* of all that follows */
	uint32_t owner;
	uint32_t file;
	uint32_t slot;
	uint32_t len;
	uint64_t seq;
};

/* xorshift64*: any seed but 0 */
static inline uint64_t random_next(uint64_t *state)
{
	uint64_t x = *state ? *state : 88172645463325252ull;

	x ^= x >> 12;
	x ^= x << 25;
	x ^= x >> 27;
	*state = x;
	return (x * 2685821657736338717ull) >> 16;
}

static inline uint32_t record_sum(const uint8_t *p, size_t len)
{
	uint32_t sum = 2166136261u;

	while (len--)
		sum = (sum ^ *p++) * 16777619u;
	return sum;
}

/* LEN is at least RECORD_MIN. */
static inline void record_fill(uint8_t *buf, uint32_t len, uint32_t owner,
			       uint32_t file, uint32_t slot, uint64_t seq)
{
	struct record_head head = {
		.magic = RECORD_MAGIC, .owner = owner, .file = file,
		.slot = slot, .len = len, .seq = seq,
	};
	uint64_t state = seq * 0x9e3779b97f4a7c15ull + owner * 7919 +
			 file * 104729 + slot + 1;
	size_t at = sizeof(head), n;
	uint64_t word;

	while (at < len) {
		word = random_next(&state);
		n = len - at < 6 ? len - at : 6;
		memcpy(buf + at, &word, n);
		at += n;
	}
	memcpy(buf, &head, sizeof(head));
	head.sum = record_sum(buf + 8, len - 8);
	memcpy(buf, &head, sizeof(head));
}

/* For people: what is in BUF? */
static inline void record_describe(const uint8_t *buf, size_t len, char *text,
				   size_t size)
{
	struct record_head head;
	size_t i;

	for (i = 0; i < len && !buf[i]; i++)
		;
	if (i == len) {
		snprintf(text, size, "all zeros");
		return;
	}
	if (len < sizeof(head)) {
		snprintf(text, size, "%zu bytes", len);
		return;
	}
	memcpy(&head, buf, sizeof(head));
	if (head.magic != RECORD_MAGIC) {
		snprintf(text, size, "no record");
		return;
	}
	snprintf(text, size, "record %llu of %u/%u/%u, %u bytes, %s",
		 (unsigned long long)head.seq, head.owner, head.file, head.slot,
		 head.len, head.len > len || head.len < RECORD_MIN ? "cut off" :
		 head.sum == record_sum(buf + 8, head.len - 8) ? "whole" :
		 "damaged");
}

#endif
