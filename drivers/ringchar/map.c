// SPDX-License-Identifier: GPL-2.0
/*
 * ringchar: a ring that user space maps, and moves itself.
 *
 * A process claims a side; from then on that side's position is the one in the
 * shared page, which the kernel reads but does not believe (ring.c bounds it).
 * The other side may be a second process or plain read and write.
 */

#include <linux/gfp.h>
#include <linux/mm.h>
#include <linux/rcupdate.h>
#include <linux/vmalloc.h>

#include <softdev/compat.h>
#include <softdev/compat_mm.h>

#include "ringchar.h"

/* The shared page; map_lock held. */
static struct ringchar_page *ringchar_page(const struct ringchar *rc)
{
	return rcu_dereference_protected(rc->page,
					 lockdep_is_held(&rc->map_lock));
}

/* The same, made if need be. */
static struct ringchar_page *ringchar_get_page(struct ringchar *rc)
{
	struct ringchar_page *page = ringchar_page(rc);

	BUILD_BUG_ON(sizeof(struct ringchar_page) > 4096);

	if (!page) {
		page = (void *)get_zeroed_page(GFP_KERNEL_ACCOUNT);
		rcu_assign_pointer(rc->page, page);
	}
	return page;
}

/* Does this file hold a side? Both sides or map_lock held. */
static bool ringchar_holds(const struct ringchar_file *rf)
{
	const struct ringchar *rc = rf->unit->rc;

	return rc->claims[0] == rf || rc->claims[1] == rf;
}

/* May this file map the ring as it is? map_lock held. */
static int ringchar_may_map(const struct ringchar_file *rf)
{
	const struct ringchar *rc = rf->unit->rc;
	fmode_t mode = rf->file->f_mode;

	if (ringchar_dead(rf->unit))
		return -ENODEV;
	if (!(mode & FMODE_READ) || (!rc->each && !(mode & FMODE_WRITE)))
		return -EACCES;
	if ((!rc->each && rc->overwrite) || rc->ring.size % PAGE_SIZE)
		return -EINVAL;
	return 0;
}

/* What does not change while the ring is mapped. */
static void ringchar_describe(const struct ringchar *rc,
			      struct ringchar_page *page)
{
	WRITE_ONCE(page->version, RINGCHAR_VERSION);
	WRITE_ONCE(page->size, rc->ring.size);
	WRITE_ONCE(page->data_offset, PAGE_SIZE);
	WRITE_ONCE(page->mode, rc->record ? RINGCHAR_RECORD : RINGCHAR_STREAM);
}

static void ringchar_vm_open(struct vm_area_struct *vma)
{
	struct ringchar_unit *unit = ringchar_file(vma->vm_file)->unit;

	mutex_lock(&unit->rc->map_lock);
	WRITE_ONCE(unit->mappings, unit->mappings + 1);
	mutex_unlock(&unit->rc->map_lock);
}

static void ringchar_vm_close(struct vm_area_struct *vma)
{
	struct ringchar_unit *unit = ringchar_file(vma->vm_file)->unit;

	mutex_lock(&unit->rc->map_lock);
	WRITE_ONCE(unit->mappings, unit->mappings - 1);
	mutex_unlock(&unit->rc->map_lock);
}

/*
 * The page goes into the page table under map_lock: removal sets "dead" under
 * it, and then takes out of the page tables all that came in before.
 */
static vm_fault_t ringchar_vm_fault(struct vm_fault *vmf)
{
	struct ringchar_file *rf = ringchar_file(vmf->vma->vm_file);
	struct ringchar *rc = rf->unit->rc;
	vm_fault_t ret = VM_FAULT_SIGBUS;
	struct page *page;

	mutex_lock(&rc->map_lock);
	if (ringchar_dead(rf->unit) ||
	    vmf->pgoff > rc->ring.size >> PAGE_SHIFT)
		goto out;
	/* Who may write had a side, and may have given it back. */
	if ((vmf->vma->vm_flags & VM_MAYWRITE) && !ringchar_holds(rf))
		goto out;
	if (vmf->pgoff)
		page = vmalloc_to_page(rc->ring.buf +
				       ((vmf->pgoff - 1) << PAGE_SHIFT));
	else
		page = virt_to_page(ringchar_page(rc));
	ret = vmf_insert_page(vmf->vma, vmf->address, page);
out:
	mutex_unlock(&rc->map_lock);
	return ret;
}

static const struct vm_operations_struct ringchar_vm_ops = {
	.open	= ringchar_vm_open,
	.close	= ringchar_vm_close,
	.fault	= ringchar_vm_fault,
};

/**
 * ringchar_mmap() - map the shared page and the data behind it
 * @file: an open file
 * @vma: where
 *
 * Context: process; mmap_lock held.
 * Return: 0; -ENODEV; -EACCES without O_RDWR, or to write without a claim;
 * -EINVAL for a private mapping, one beyond the end, full=overwrite, or a ring
 * that is no whole number of pages; -ENOMEM; -ERESTARTSYS.
 */
int ringchar_mmap(struct file *file, struct vm_area_struct *vma)
{
	struct ringchar_file *rf = ringchar_file(file);
	struct ringchar *rc = rf->unit->rc;
	unsigned long pages;
	int err;

	err = ringchar_lock_both(rc);
	if (err)
		return err;
	mutex_lock(&rc->map_lock);
	err = ringchar_may_map(rf);
	if (err)
		goto out;
	err = -EACCES;
	if ((vma->vm_flags & VM_WRITE) && !ringchar_holds(rf))
		goto out;
	err = -EINVAL;
	pages = 1 + (rc->ring.size >> PAGE_SHIFT);
	if (!(vma->vm_flags & VM_MAYSHARE) || vma->vm_pgoff >= pages ||
	    vma_pages(vma) > pages - vma->vm_pgoff)
		goto out;
	err = -ENOMEM;
	if (!ringchar_get_page(rc))
		goto out;
	vma->vm_ops = &ringchar_vm_ops;
	vm_flags_set(vma, VM_MIXEDMAP | VM_DONTEXPAND | VM_DONTDUMP);
	if (!(vma->vm_flags & VM_WRITE))
		vm_flags_clear(vma, VM_MAYWRITE);
	ring_show(&rc->ring);
	if (rc->each) {
		ringchar_describe(rc, ringchar_page(rc));
		ringchar_pace_pause(rc);
		ring_follow(&rc->ring, ringchar_page(rc));
		ringchar_pace_resume(rc);
		ringchar_each_drop(rf);
	}
	rf->mapped = true;
	WRITE_ONCE(rf->unit->mappings, rf->unit->mappings + 1);
	err = 0;
out:
	mutex_unlock(&rc->map_lock);
	ringchar_unlock_both(rc);
	/* Whom this file has held up. */
	if (!err && rc->each)
		ringchar_wake_writers(rc);
	return err;
}

/**
 * ringchar_unmap() - take a dead device's pages from whoever maps them
 * @unit: the device
 *
 * Context: process; sleeps; no locks but item.lock held.
 */
void ringchar_unmap(struct ringchar_unit *unit)
{
	struct ringchar_file *rf;

	mutex_lock(&unit->open_lock);
	list_for_each_entry(rf, &unit->files, link) {
		if (rf->mapped)
			unmap_mapping_range(rf->file->f_mapping, 0, 0, 1);
	}
	mutex_unlock(&unit->open_lock);
}

/**
 * ringchar_claim() - make a side this file's
 * @rf: the file
 * @side: RINGCHAR_PRODUCER or RINGCHAR_CONSUMER
 *
 * Context: process; sleeps.
 * Return: 0; -EBUSY if it is somebody's; -EINVAL with readers=each or while
 * what is written is paced; otherwise as ringchar_mmap().
 */
int ringchar_claim(struct ringchar_file *rf, unsigned int side)
{
	struct ringchar *rc = rf->unit->rc;
	struct ringchar_page *page;
	int err;

	if (side != RINGCHAR_PRODUCER && side != RINGCHAR_CONSUMER)
		return -EINVAL;
	err = ringchar_lock_both(rc);
	if (err)
		return err;
	mutex_lock(&rf->unit->open_lock);
	mutex_lock(&rc->map_lock);
	err = rc->each || ring_paced(&rc->ring) ? -EINVAL : ringchar_may_map(rf);
	if (!err && rc->claims[RINGCHAR_SIDE(side)])
		err = -EBUSY;
	if (!err && !ringchar_get_page(rc))
		err = -ENOMEM;
	if (err)
		goto out;
	page = ringchar_page(rc);
	ringchar_describe(rc, page);
	ring_show(&rc->ring);
	ring_share(&rc->ring, page, side);
	/*
	 * Pairs with the acquire in ringchar_announce(): the page is there;
	 * tests/litmus/claim-page.
	 */
	smp_store_release(&rc->claims[RINGCHAR_SIDE(side)], rf);
	ringchar_count_claim(rf, side, true);
out:
	mutex_unlock(&rc->map_lock);
	mutex_unlock(&rf->unit->open_lock);
	ringchar_unlock_both(rc);
	if (err)
		return err;
	/*
	 * Who sleeps announces himself now, or learns that he must not; who queues
	 * later sees the claim, tests/litmus/claim-sleeper.
	 */
	ringchar_doorbell(rc);
	ringchar_wake_all(rc, 0);
	return 0;
}

/* Both sides and map_lock held. */
static bool ringchar_unclaim_held(struct ringchar *rc,
				  const struct ringchar_file *rf,
				  unsigned int side)
{
	struct ringchar_file **claim = &rc->claims[RINGCHAR_SIDE(side)];

	if (!*claim || (rf && *claim != rf))
		return false;
	ring_unshare(&rc->ring, side, rc->record);
	WRITE_ONCE(*claim, NULL);
	return true;
}

/**
 * ringchar_unclaim() - give a side back
 * @rf: the file that claimed it
 * @side: RINGCHAR_PRODUCER or RINGCHAR_CONSUMER
 *
 * Context: process; sleeps.
 * Return: 0; -EINVAL if it is not this file's; -ERESTARTSYS.
 */
int ringchar_unclaim(struct ringchar_file *rf, unsigned int side)
{
	struct ringchar *rc = rf->unit->rc;
	bool done;
	int err;

	if (side != RINGCHAR_PRODUCER && side != RINGCHAR_CONSUMER)
		return -EINVAL;
	err = ringchar_lock_both(rc);
	if (err)
		return err;
	mutex_lock(&rf->unit->open_lock);
	mutex_lock(&rc->map_lock);
	done = ringchar_unclaim_held(rc, rf, side);
	if (done)
		ringchar_count_claim(rf, side, false);
	mutex_unlock(&rc->map_lock);
	mutex_unlock(&rf->unit->open_lock);
	ringchar_unlock_both(rc);
	if (!done)
		return -EINVAL;
	/* What it still maps comes back only with a claim. */
	if (READ_ONCE(rf->mapped))
		unmap_mapping_range(rf->file->f_mapping, 0, 0, 1);
	ringchar_wake_all(rc, 0);
	return 0;
}

/**
 * ringchar_unclaim_all() - give back what is left of claims
 * @rc: the device
 * @rf: the file that is being closed; NULL: the device goes
 *
 * Context: process; sleeps; item.lock may be held.
 */
void ringchar_unclaim_all(struct ringchar *rc, struct ringchar_file *rf)
{
	bool done;

	/* A file's own claims do not come while it is being closed. */
	if (rf && READ_ONCE(rc->claims[0]) != rf &&
	    READ_ONCE(rc->claims[1]) != rf)
		return;
	if (!READ_ONCE(rc->claims[0]) && !READ_ONCE(rc->claims[1]))
		return;
	mutex_lock(&rc->wr_lock);
	mutex_lock(&rc->rd_lock);
	mutex_lock(&rc->map_lock);
	done = ringchar_unclaim_held(rc, rf, RINGCHAR_PRODUCER);
	done |= ringchar_unclaim_held(rc, rf, RINGCHAR_CONSUMER);
	mutex_unlock(&rc->map_lock);
	ringchar_unlock_both(rc);
	if (done)
		ringchar_wake_all(rc, 0);
}

/*
 * Move what is held to memory that was never mapped, or forget it where there is
 * none. Both sides and map_lock held. Returns the page that mappings began with.
 */
static struct ringchar_page *ringchar_replace(struct ringchar *rc, u8 *buf)
{
	struct ringchar_page *page = ringchar_page(rc);

	ringchar_pace_pause(rc);
	if (buf)
		ring_resize(&rc->ring, rc->ring.size, buf);
	else
		ring_free(&rc->ring);
	ring_unfollow(&rc->ring);
	ringchar_pace_resume(rc);
	RCU_INIT_POINTER(rc->page, NULL);
	return page;
}

static void ringchar_free_page(struct ringchar_page *page)
{
	if (!page)
		return;
	/* ringchar_announce() and ringchar_doorbell() may still look at it. */
	synchronize_rcu();
	free_page((unsigned long)page);
}

/**
 * ringchar_renew() - give a ring that was mapped memory that never was
 * @rc: the device, just taken away
 *
 * A page that was mapped can be held for as long as somebody likes, by a pipe
 * that it was spliced to or as a buffer of io_uring. It must not show, or be, what
 * a later life of the device holds. Without memory for a copy the contents go.
 *
 * Context: process; sleeps; item.lock held, no claims, nothing mapped any more.
 */
void ringchar_renew(struct ringchar *rc)
{
	struct ringchar_page *page;
	u8 *buf;

	if (!rc->ring.shown)
		return;
	buf = ring_alloc(rc->ring.size);
	mutex_lock(&rc->wr_lock);
	mutex_lock(&rc->rd_lock);
	mutex_lock(&rc->map_lock);
	page = ringchar_replace(rc, buf);
	mutex_unlock(&rc->map_lock);
	ringchar_unlock_both(rc);
	if (!buf)
		pr_warn_ratelimited("%s: no memory for a copy, what it held is gone\n",
				    rc->item.name);
	ringchar_free_page(page);
}

/* Is the device alive, and its ring neither mapped nor claimed? */
static bool ringchar_unmapped(const struct ringchar_unit *unit)
{
	return !ringchar_dead(unit) && !READ_ONCE(unit->mappings) &&
	       !READ_ONCE(unit->rc->claims[0]) && !READ_ONCE(unit->rc->claims[1]);
}

/**
 * ringchar_map_end() - a file is closed; was it the last that mapped the ring?
 * @unit: its device, the file's claims given back
 *
 * Pages can outlive the mapping, see ringchar_renew(): they must not show what
 * others write from now on. And while the memory is one that was mapped, all that
 * is taken is wiped, which costs as much as a copy. New memory ends both. If there
 * is none, the ring keeps the old memory, and the next close tries again.
 *
 * A claim, a mapping or the end of the device may come between the first look and
 * the locks, so all is looked at again with them held.
 *
 * Context: process; sleeps; no locks held.
 */
void ringchar_map_end(struct ringchar_unit *unit)
{
	struct ringchar *rc = unit->rc;
	struct ringchar_page *page = NULL;
	u32 size = READ_ONCE(rc->ring.size);
	u8 *buf;

	if (!READ_ONCE(rc->ring.shown) || !ringchar_unmapped(unit))
		return;
	buf = ring_alloc(size);
	if (!buf)
		return;
	mutex_lock(&rc->wr_lock);
	mutex_lock(&rc->rd_lock);
	mutex_lock(&rc->map_lock);
	if (rc->ring.shown && rc->ring.size == size && ringchar_unmapped(unit)) {
		page = ringchar_replace(rc, buf);
		buf = NULL;
	}
	mutex_unlock(&rc->map_lock);
	ringchar_unlock_both(rc);
	ring_release(buf);
	ringchar_free_page(page);
}
