/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * The words of /dev/pseudo/pattern, and their inverse.
 *
 * The endless file is a row of 64-bit words, little-endian whatever the
 * machine. Word number i, at bytes 8 i to 8 i + 7, is
 *
 *	pseudo_word(pseudo_word_key(seed), i)
 *
 * Each step of the two functions is a bijection. So a word tells its number
 * when the seed is known, and its seed when the number is known: what is in
 * the wrong place can be said to belong elsewhere. Any 64 bits have such an
 * answer; that it is no accident is shown by the words after it.
 *
 * Arithmetic alone, so that the kernel and programs use the same.
 */
#ifndef _UAPI_SOFTDEV_PSEUDO_PATTERN_H
#define _UAPI_SOFTDEV_PSEUDO_PATTERN_H

#include <linux/types.h>

/* 2^64 divided by the golden ratio: words next to each other are far apart. */
#define PSEUDO_WORD_STEP	0x9e3779b97f4a7c15ULL
#define PSEUDO_WORD_FACTOR	0xd6e8feb86659fd93ULL
/* Both are odd, so modulo 2^64 they have inverses. */
#define PSEUDO_WORD_STEP_INV	0xf1de83e19937733dULL
#define PSEUDO_WORD_FACTOR_INV	0xcfee444d8b59a89bULL

/**
 * pseudo_word_scramble() - from a word's place in the row of steps to its bits
 * @x: a key plus the word's number times PSEUDO_WORD_STEP
 *
 * One multiplication: a pattern that is to keep up with disks has no more.
 */
static inline __u64 pseudo_word_scramble(__u64 x)
{
	x ^= x >> 32;
	x *= PSEUDO_WORD_FACTOR;
	return x ^ (x >> 32);
}

/**
 * pseudo_word_unscramble() - the inverse of pseudo_word_scramble()
 * @word: a word of a pattern
 */
static inline __u64 pseudo_word_unscramble(__u64 word)
{
	/* Shifting by half of the width is its own inverse. */
	word ^= word >> 32;
	word *= PSEUDO_WORD_FACTOR_INV;
	return word ^ (word >> 32);
}

/**
 * pseudo_word_key() - where a seed's row of steps starts
 * @seed: any number
 *
 * The finalizer of SplitMix64 (Steele, Lea and Flood, "Fast Splittable
 * Pseudorandom Number Generators", OOPSLA 2014; Stafford's variant 13).
 */
static inline __u64 pseudo_word_key(__u64 seed)
{
	__u64 x = seed + PSEUDO_WORD_STEP;

	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ULL;
	x = (x ^ (x >> 27)) * 0x94d049bb133111ebULL;
	return x ^ (x >> 31);
}

/**
 * pseudo_word_seed() - the inverse of pseudo_word_key()
 * @key: a seed's key
 */
static inline __u64 pseudo_word_seed(__u64 key)
{
	__u64 x = key;

	x = (x ^ (x >> 31) ^ (x >> 62)) * 0x319642b2d24d8ec3ULL;
	x = (x ^ (x >> 27) ^ (x >> 54)) * 0x96de1b173f119089ULL;
	return (x ^ (x >> 30) ^ (x >> 60)) - PSEUDO_WORD_STEP;
}

/**
 * pseudo_word() - a word of a pattern
 * @key: of pseudo_word_key()
 * @i: the word's number
 */
static inline __u64 pseudo_word(__u64 key, __u64 i)
{
	return pseudo_word_scramble(key + i * PSEUDO_WORD_STEP);
}

/**
 * pseudo_word_number() - which word of a seed's pattern is this?
 * @key: of pseudo_word_key()
 * @word: the word
 *
 * Numbers of 2^60 and above are beyond the endless file's 63 bits.
 */
static inline __u64 pseudo_word_number(__u64 key, __u64 word)
{
	return (pseudo_word_unscramble(word) - key) * PSEUDO_WORD_STEP_INV;
}

/**
 * pseudo_word_whose() - in which seed's pattern is this the word of a number?
 * @word: the word
 * @i: its number
 */
static inline __u64 pseudo_word_whose(__u64 word, __u64 i)
{
	return pseudo_word_seed(pseudo_word_unscramble(word) -
				i * PSEUDO_WORD_STEP);
}

#endif /* _UAPI_SOFTDEV_PSEUDO_PATTERN_H */
