// SPDX-License-Identifier: GPL-2.0-only
/*
 * merged: writes that the block layer makes one request of, the first of which
 * does not want to wait and the others do.
 *
 *	merged DEVICE BLOCK
 *
 * Four blocks of 4096 bytes from BLOCK on, submitted at once (by the kernel's
 * asynchronous I/O, which hands a driver what it is told; io_uring asks without
 * waiting first). Prints what came of each: the bytes, or the error's number
 * with a minus.
 */
#define _GNU_SOURCE
#include <err.h>
#include <fcntl.h>
#include <linux/aio_abi.h>
#include <linux/fs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define BLOCK	4096
#define COUNT	4

int main(int argc, char **argv)
{
	struct iocb iocb[COUNT] = { 0 }, *list[COUNT];
	struct io_event event[COUNT];
	aio_context_t ctx = 0;
	int fd, i;
	char *mem;

	if (argc != 3)
		errx(2, "usage: merged DEVICE BLOCK");
	fd = open(argv[1], O_WRONLY | O_DIRECT);
	if (fd < 0)
		err(2, "%s", argv[1]);
	mem = aligned_alloc(BLOCK, COUNT * BLOCK);
	if (!mem || syscall(SYS_io_setup, COUNT, &ctx))
		err(2, "set up");
	memset(mem, 'm', COUNT * BLOCK);
	for (i = 0; i < COUNT; i++) {
		iocb[i].aio_fildes = fd;
		iocb[i].aio_lio_opcode = IOCB_CMD_PWRITE;
		iocb[i].aio_buf = (unsigned long)(mem + i * BLOCK);
		iocb[i].aio_nbytes = BLOCK;
		iocb[i].aio_offset = (atoll(argv[2]) + i) * BLOCK;
		iocb[i].aio_rw_flags = i ? 0 : RWF_NOWAIT;
		iocb[i].aio_data = i;
		list[i] = &iocb[i];
	}
	if (syscall(SYS_io_submit, ctx, COUNT, list) != COUNT)
		err(2, "submit");
	if (syscall(SYS_io_getevents, ctx, COUNT, COUNT, event, NULL) != COUNT)
		err(2, "get events");
	for (i = 0; i < COUNT; i++)
		list[event[i].data]->aio_nbytes = event[i].res;
	for (i = 0; i < COUNT; i++)
		printf("%d\n", (int)iocb[i].aio_nbytes);
	return 0;
}
