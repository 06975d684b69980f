// SPDX-License-Identifier: GPL-2.0
/*
 * Makes requests slow that begin in sectors 8192 to 16383 of a ramblk disk, and
 * lets reads of the first 8 sectors fail.
 *
 *	clang -O2 -g -target bpf -c slow-sectors.bpf.c -o slow-sectors.bpf.o
 *	steer slow-sectors.bpf.o sh		# while this shell runs
 */
#include <linux/bpf.h>
#include <linux/errno.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>

/* drivers/ramblk/ramblk.h: what is to become of a request. May be written. */
struct ramblk_fate {
	__s32 error;
	__u32 flags;
	__u64 delay_ns;
	__u64 random;
};

/* What we read of the kernel's; the loader finds out where they are. */
struct request {
	unsigned int cmd_flags;
	__u64 __sector;
} __attribute__((preserve_access_index));

SEC("raw_tracepoint.w/ramblk_request")
int slow_sectors(struct bpf_raw_tracepoint_args *ctx)
{
	struct ramblk_fate *fate = (void *)ctx->args[0];
	struct request *rq = (void *)ctx->args[1];
	__u64 sector = BPF_CORE_READ(rq, __sector);
	unsigned int op = BPF_CORE_READ(rq, cmd_flags) & 0xff;

	if (sector >= 8192 && sector < 16384)
		fate->delay_ns = 500 * 1000 * 1000;
	if (op == 0 && sector < 8)	/* REQ_OP_READ */
		fate->error = -EIO;
	return 0;
}

char _license[] SEC("license") = "GPL";
