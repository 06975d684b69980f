/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The kernel's ChaCha library as 7.2 has it, on older kernels.
 */
#ifndef _SOFTDEV_COMPAT_CHACHA_H
#define _SOFTDEV_COMPAT_CHACHA_H

#include <crypto/chacha.h>
#include <linux/minmax.h>
#include <linux/string.h>
#include <softdev/compat.h>

/* 6.16: the state is a type of its own, not an array. */
#if !SOFTDEV_HAVE_CHACHA_STATE
struct chacha_state {
	u32 x[CHACHA_STATE_WORDS];
};

static inline void softdev_chacha_init(struct chacha_state *state,
				       const u32 *key, const u8 *iv)
{
	chacha_init(state->x, key, iv);
}

static inline void softdev_chacha20_crypt(struct chacha_state *state, u8 *dst,
					  const u8 *src, unsigned int bytes)
{
	chacha20_crypt(state->x, dst, src, bytes);
}

static inline void softdev_chacha20_block(struct chacha_state *state, u8 *out)
{
	chacha20_block(state->x, out);
}

#define chacha_init	softdev_chacha_init
#define chacha20_crypt	softdev_chacha20_crypt
#define chacha20_block	softdev_chacha20_block
#endif

/**
 * chacha20_blocks() - whole blocks of key stream, by vector instructions where
 * there are some
 * @state: where it goes on; moved along
 * @out: where they go
 * @zeros: as many zeros
 * @len: how much, a multiple of CHACHA_BLOCK_SIZE
 *
 * The library encrypts, so an accelerated one encrypts @zeros; the plain one
 * makes its blocks in place, which saves a pass. A single block is always made
 * in place: the library would make it on its stack and leave it there.
 */
static inline void chacha20_blocks(struct chacha_state *state, u8 *out,
				   const u8 *zeros, size_t len)
{
	if ((IS_ENABLED(CONFIG_CRYPTO_LIB_CHACHA_ARCH) ||
	     IS_ENABLED(CONFIG_CRYPTO_ARCH_HAVE_LIB_CHACHA)) &&
	    len > CHACHA_BLOCK_SIZE) {
		chacha20_crypt(state, out, zeros, len);
		return;
	}
	for (; len; len -= CHACHA_BLOCK_SIZE) {
		chacha20_block(state, out);
		out += CHACHA_BLOCK_SIZE;
	}
}

#endif /* _SOFTDEV_COMPAT_CHACHA_H */
