// SPDX-License-Identifier: GPL-2.0
/*
 * ChaCha20 with fast key erasure; see keystream.h.
 */
#include <linux/build_bug.h>
#include <linux/string.h>
#include <softdev/compat_chacha.h>
#include "keystream.h"

void pseudo_keystream_take(struct pseudo_keystream *ks, u8 *buf, size_t len)
{
	static const u8 nonce[CHACHA_IV_SIZE];
	u8 first[CHACHA_BLOCK_SIZE] __aligned(8);
	struct chacha_state state __aligned(16);
	u32 words[CHACHA_KEY_SIZE / 4];
	unsigned int i;

	BUILD_BUG_ON(PSEUDO_KEY_SIZE != CHACHA_KEY_SIZE);
	for (i = 0; i < CHACHA_KEY_SIZE / 4; i++)
		words[i] = get_unaligned_le32(ks->key + 4 * i);
	chacha_init(&state, words, nonce);
	chacha20_stream(&state, first, sizeof(first));
	memcpy(ks->key, first, sizeof(ks->key));
	chacha20_stream(&state, buf, len);

	memzero_explicit(&state, sizeof(state));
	memzero_explicit(first, sizeof(first));
	memzero_explicit(words, sizeof(words));
}

void pseudo_keystream_wipe(struct pseudo_keystream *ks)
{
	memzero_explicit(ks, sizeof(*ks));
}
