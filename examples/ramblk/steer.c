// SPDX-License-Identifier: GPL-2.0
/*
 * steer: lets a BPF program decide about the requests of ramblk disks while a
 * command runs.
 *
 *	steer slow-sectors.bpf.o dd if=/dev/ramblk0 of=/dev/null bs=4k count=1
 *
 * libs: -lbpf -lelf -lz
 */
#include <bpf/libbpf.h>
#include <err.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	struct bpf_program *prog;
	struct bpf_object *obj;
	int status;
	pid_t pid;

	if (argc < 3)
		errx(2, "usage: steer OBJECT COMMAND...");
	obj = bpf_object__open_file(argv[1], NULL);
	if (!obj)
		err(1, "%s", argv[1]);
	/* The kernel checks the program: it may not crash or loop. */
	if (bpf_object__load(obj))
		err(1, "%s is not accepted", argv[1]);
	/* Its section says where it belongs: raw_tracepoint.w/ramblk_request. */
	bpf_object__for_each_program(prog, obj) {
		if (!bpf_program__attach(prog))
			err(1, "cannot attach %s", bpf_program__name(prog));
	}
	pid = fork();
	if (!pid) {
		execvp(argv[2], argv + 2);
		err(127, "%s", argv[2]);
	}
	if (pid < 0 || waitpid(pid, &status, 0) < 0)
		err(1, "%s", argv[2]);
	/* We end, and the program with us. */
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}
