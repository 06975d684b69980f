// SPDX-License-Identifier: GPL-2.0
/*
 * ChaCha20 with fast key erasure; see keystream.h.
 */
#include <linux/build_bug.h>
#include <linux/compiler.h>
#include <linux/math.h>
#include <linux/string.h>
#include <softdev/compat_chacha.h>
#include "keystream.h"

/* As deep as pseudo_keystream_next() and what it calls go, and more. */
#define KEYSTREAM_STACK	768

void pseudo_keystream_next(struct pseudo_keystream *ks, size_t len)
{
	static const u8 nonce[CHACHA_IV_SIZE];
	static const u8 zeros[PSEUDO_KEYSTREAM_SIZE];
	struct chacha_state state __aligned(16);
	u32 words[CHACHA_KEY_SIZE / 4];
	unsigned int i;

	BUILD_BUG_ON(PSEUDO_KEY_SIZE != CHACHA_KEY_SIZE);
	BUILD_BUG_ON(sizeof(*ks) != PSEUDO_KEYSTREAM_SIZE);
	for (i = 0; i < CHACHA_KEY_SIZE / 4; i++)
		words[i] = get_unaligned_le32(ks->key + 4 * i);
	chacha_init(&state, words, nonce);
	chacha20_blocks(&state, (u8 *)ks, zeros,
			round_up(sizeof(ks->key) + len, CHACHA_BLOCK_SIZE));

	memzero_explicit(&state, sizeof(state));
	memzero_explicit(words, sizeof(words));
}

/*
 * The kernel's ChaCha does not clear all of its stack: the vector code keeps a
 * part of the key stream there, before 6.16 the plain code all that makes the
 * key. Lies where they lay.
 */
static noinline void keystream_wipe_stack(void)
{
	u8 left[KEYSTREAM_STACK];

	memzero_explicit(left, sizeof(left));
}

void pseudo_keystream_wipe(struct pseudo_keystream *ks)
{
	memzero_explicit(ks, sizeof(*ks));
	keystream_wipe_stack();
}
