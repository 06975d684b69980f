/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Files and mappings as 7.2 has them, on older kernels.
 */
#ifndef _SOFTDEV_COMPAT_MM_H
#define _SOFTDEV_COMPAT_MM_H

#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/sched/mm.h>
#include <linux/shmem_fs.h>
#include <linux/splice.h>
#include <softdev/compat.h>

/*
 * 6.5: splicing copies by read_iter. Before, files other than /dev/zero and
 * /dev/full did so by another name, and those two did not splice.
 */
#if SOFTDEV_HAVE_COPY_SPLICE_READ
#define softdev_zero_splice_read	copy_splice_read
#define softdev_zero_splice_write(f)	(f)
#else
#define copy_splice_read		generic_file_splice_read
#define softdev_zero_splice_read	NULL
#define softdev_zero_splice_write(f)	(0 ? (f) : NULL)
#endif

/* 6.3: a mapping's flags are set by functions. */
#if !SOFTDEV_HAVE_VM_FLAGS_SET
static inline void vm_flags_set(struct vm_area_struct *vma,
				unsigned long flags)
{
	vma->vm_flags |= flags;
}

static inline void vm_flags_clear(struct vm_area_struct *vma,
				  unsigned long flags)
{
	vma->vm_flags &= ~flags;
}
#endif

/* 6.9: shared memory that only its mappings reach is for modules too. */
#if !SOFTDEV_HAVE_SHMEM_KERNEL_FILE
static inline struct file *softdev_shmem_file_setup(const char *name,
						    loff_t size,
						    unsigned long flags)
{
	struct file *file = shmem_file_setup(name, size, flags);

	if (!IS_ERR(file))
		file_inode(file)->i_flags |= S_PRIVATE;
	return file;
}

#define shmem_kernel_file_setup	softdev_shmem_file_setup
#endif

/* 7.0: a mapping's flags are a bit map to shmem. */
#if SOFTDEV_HAVE_VMA_FLAGS
#define softdev_vma_flags(vma)	((vma)->flags)
#define softdev_no_vma_flags	((vma_flags_t){})
#else
#define softdev_vma_flags(vma)	((vma)->vm_flags)
#define softdev_no_vma_flags	0
#endif

/* 6.17: a file maps by mmap or by mmap_prepare, and this knows which. */
#if !SOFTDEV_HAVE_MMAP_PREPARE
#define vfs_mmap(file, vma)	call_mmap(file, vma)
#endif

/**
 * softdev_zero_area() - where a private mapping of /dev/zero goes
 * @file: as get_unmapped_area() in struct file_operations, all of them
 * @addr: hint
 * @len: length
 * @pgoff: offset
 * @flags: MAP_*
 *
 * 6.17 began to align them for huge pages.
 */
static inline unsigned long softdev_zero_area(struct file *file,
					      unsigned long addr,
					      unsigned long len,
					      unsigned long pgoff,
					      unsigned long flags)
{
#if SOFTDEV_HAVE_MMAP_PREPARE && defined(CONFIG_TRANSPARENT_HUGEPAGE)
	return thp_get_unmapped_area(file, addr, len, pgoff, flags);
#elif SOFTDEV_HAVE_MM_AREA_CURRENT
	return mm_get_unmapped_area(file, addr, len, pgoff, flags);
#elif SOFTDEV_HAVE_MM_AREA
	return mm_get_unmapped_area(current->mm, file, addr, len, pgoff, flags);
#else
	return current->mm->get_unmapped_area(file, addr, len, pgoff, flags);
#endif
}

#endif /* _SOFTDEV_COMPAT_MM_H */
