/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The pattern's bytes: a pure function of seed and offset.
 *
 * The endless file is a row of 64-bit words, little-endian whatever the
 * machine; word number i is scramble(key(seed) + i * STEP). Both the step and
 * the scrambling are bijections, so in one pattern no word comes twice: a
 * block that landed in the wrong place differs in each of its words.
 *
 * Knows no device and does not sleep; KUnit builds it alone.
 */
#ifndef _PSEUDO_STREAM_H
#define _PSEUDO_STREAM_H

#include <linux/types.h>

/**
 * pseudo_stream_key() - where a seed's pattern starts
 * @seed: any number
 */
u64 pseudo_stream_key(u64 seed);

/**
 * pseudo_stream_fill() - make a piece of the pattern
 * @key: of pseudo_stream_key()
 * @pos: offset of the piece in the endless file
 * @buf: where it goes; fastest where its address and @pos are multiples of 8
 * @len: how many bytes; 0 is fine
 */
void pseudo_stream_fill(u64 key, u64 pos, void *buf, size_t len);

/**
 * pseudo_stream_check() - is this a piece of the pattern?
 * @key: of pseudo_stream_key()
 * @pos: offset it should have in the endless file
 * @buf: what to check
 * @len: how many bytes; 0 is fine
 *
 * Return: how many bytes are right before the first that is not: @len if all
 * are.
 */
size_t pseudo_stream_check(u64 key, u64 pos, const void *buf, size_t len);

#endif /* _PSEUDO_STREAM_H */
