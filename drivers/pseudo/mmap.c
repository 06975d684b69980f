// SPDX-License-Identifier: GPL-2.0
/*
 * Mappings of zero. A private one is anonymous memory, a shared one is a piece
 * of shared memory of its own, both as with /dev/zero.
 */
#include <linux/err.h>
#include <linux/file.h>
#include <linux/mman.h>
#include <linux/module.h>
#include <linux/string.h>
#include <softdev/compat_mm.h>
#include "pseudo.h"

/* The kernel's own, of the files that shmem makes. */
static const struct file_operations *shmem_fops __ro_after_init;

/*
 * What the files under shared mappings do: what shmem does, but as ours, so
 * that a mapping keeps the module like an open file.
 */
static union {
	const struct file_operations fops;
	u8 bytes[sizeof(const struct file_operations)];
} zero_shmem __ro_after_init;

/*
 * For shared mappings, new ones and those that mremap() moves. Without a file:
 * shmem would look into /dev/pseudo/zero for what it keeps in its own files,
 * and insists that those have its own operations (VM_BUG_ON).
 */
static unsigned long zero_shmem_area(struct file *file, unsigned long addr,
				     unsigned long len, unsigned long pgoff,
				     unsigned long flags)
{
	return shmem_fops->get_unmapped_area(NULL, addr, len, pgoff, flags);
}

/* Sets one of them, as long as they are not read-only. */
static void __init zero_shmem_set(const void *op, const void *value,
				  size_t size)
{
	memcpy(zero_shmem.bytes + (op - (const void *)&zero_shmem.fops), value,
	       size);
}

/* The kernel exports shmem's files but not their operations: ask one. */
int __init pseudo_mmap_init(void)
{
	struct file *file = shmem_kernel_file_setup("dev/zero", 0,
						    softdev_no_vma_flags);
	typeof(zero_shmem_area) *area = zero_shmem_area;
	struct module *owner = THIS_MODULE;

	if (IS_ERR(file))
		return PTR_ERR(file);
	shmem_fops = file->f_op;
	fput(file);
	memcpy(zero_shmem.bytes, shmem_fops, sizeof(zero_shmem.bytes));
	zero_shmem_set(&zero_shmem.fops.owner, &owner, sizeof(owner));
	if (shmem_fops->get_unmapped_area)
		zero_shmem_set(&zero_shmem.fops.get_unmapped_area, &area,
			       sizeof(area));
	return 0;
}

static int zero_map_shared(struct vm_area_struct *vma)
{
	struct file *file = shmem_kernel_file_setup("dev/zero",
						    vma->vm_end - vma->vm_start,
						    softdev_vma_flags(vma));
	int err;

	if (IS_ERR(file))
		return PTR_ERR(file);
	/* The mapping's own file is ours and open, so the module stays. */
	__module_get(THIS_MODULE);
	replace_fops(file, &zero_shmem.fops);
	vma_set_file(vma, file);
	err = vfs_mmap(file, vma);
	fput(file);
	return err;
}

int pseudo_zero_mmap(struct file *file, struct vm_area_struct *vma)
{
	if (vma->vm_flags & VM_SHARED)
		return zero_map_shared(vma);
	vma_set_anonymous(vma);
	return 0;
}

unsigned long pseudo_zero_area(struct file *file, unsigned long addr,
			       unsigned long len, unsigned long pgoff,
			       unsigned long flags)
{
	if (flags & MAP_SHARED && zero_shmem.fops.get_unmapped_area)
		return zero_shmem_area(file, addr, len, pgoff, flags);
	return softdev_zero_area(file, addr, len, pgoff, flags);
}
