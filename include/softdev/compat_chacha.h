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
 * chacha20_stream() - key stream, by vector instructions where there are some
 * @state: where it goes on; moved along
 * @out: where it goes
 * @len: how much; all but the last piece of a stream a multiple of
 *	 CHACHA_BLOCK_SIZE
 *
 * The library encrypts, so with an accelerated one zeros are encrypted; the
 * plain one makes its blocks in place, which saves a pass.
 */
static inline void chacha20_stream(struct chacha_state *state, u8 *out,
				   size_t len)
{
	u8 last[CHACHA_BLOCK_SIZE];

	if (IS_ENABLED(CONFIG_CRYPTO_LIB_CHACHA_ARCH) ||
	    IS_ENABLED(CONFIG_CRYPTO_ARCH_HAVE_LIB_CHACHA)) {
		memset(out, 0, len);
		chacha20_crypt(state, out, out, len);
		return;
	}
	for (; len >= CHACHA_BLOCK_SIZE; len -= CHACHA_BLOCK_SIZE) {
		chacha20_block(state, out);
		out += CHACHA_BLOCK_SIZE;
	}
	if (len) {
		chacha20_block(state, last);
		memcpy(out, last, len);
		memzero_explicit(last, sizeof(last));
	}
}

#endif /* _SOFTDEV_COMPAT_CHACHA_H */
