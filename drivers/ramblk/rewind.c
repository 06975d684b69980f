// SPDX-License-Identifier: GPL-2.0
/*
 * ramblk: states that a cut after an operation could have left, see history.h.
 *
 * The latest and the durable content are there as trees. The others are made of
 * pieces: a piece is what a cut keeps or loses together, a unit or, with tear, a
 * sector. After operation N a piece has its durable content, or that of a
 * version of an operation that wrote to it
 *
 *	after the last FLUSH that had completed,
 *	after the last other operation that had completed and made it durable (or
 *	by that one itself),
 *	and before N, or in flight when N completed.
 *
 * So whoever makes a state walks over these versions, in the order in which the
 * disk changed, and looks at what differs between one and the next. That takes
 * time in what was not flushed, neither in the size of the disk nor in N.
 */
#include <linux/bitmap.h>
#include <linux/blk_types.h>
#include <linux/highmem.h>
#include <linux/log2.h>
#include <linux/sched.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/xarray.h>
#include <softdev/compat.h>
#include <softdev/fault.h>
#include "history.h"

/* A group is a page or a unit, whichever is larger. */
#define RAMBLK_GROUP_SECTORS	(SZ_64K >> SECTOR_SHIFT)

static_assert(RAMBLK_UNIT_MAX <= SZ_64K);
static_assert(PAGE_SIZE <= SZ_64K);

/* What is not a number of a version. */
#define RAMBLK_PICK_DURABLE	U32_MAX

/**
 * struct ramblk_pick - what a piece is to hold
 * @version: whose content
 * @seen: how many versions there were to choose from, with the durable one
 * @last: the last of them
 */
struct ramblk_pick {
	u32 version;
	u32 seen;
	u32 last;
};

/**
 * struct ramblk_group - the pieces of a unit or page that was touched
 * @left: sectors in which operation K is still to be seen
 * @durable: pieces that were made durable since K
 * @piece: one or more
 */
struct ramblk_group {
	DECLARE_BITMAP(left, RAMBLK_GROUP_SECTORS);
	DECLARE_BITMAP(durable, RAMBLK_GROUP_SECTORS);
	struct ramblk_pick piece[];
};

/**
 * struct ramblk_scene - a state that is being made
 * @h: the history
 * @s: the store
 * @n: after which operation
 * @what: which state
 * @arg: seed or number of an operation
 * @latest: version of the latest content
 * @durable: version of the durable content
 * @k: version of operation @arg
 * @i: the version that is being looked at
 * @v: the same
 * @piece_shift: size of a piece
 * @group_shift: size of a group
 * @size: of the disk
 * @groups: what was touched, by number
 * @tree: what will be left
 * @mag: memory
 */
struct ramblk_scene {
	struct ramblk_history *h;
	struct ramblk_store *s;
	u32 n;
	enum ramblk_rewind what;
	u64 arg;
	u32 latest;
	u32 durable;
	u32 k;
	u32 i;
	struct ramblk_version v;
	unsigned int piece_shift;
	unsigned int group_shift;
	u64 size;
	struct xarray groups;
	struct ramblk_tree tree;
	struct ramblk_mag mag;
};

static unsigned int ramblk_group_pieces(const struct ramblk_scene *sc)
{
	return 1U << (sc->group_shift - sc->piece_shift);
}

/* Bytes of the operation at hand that are in [pos, end), as [from, to). */
static bool ramblk_overlap(const struct ramblk_log_record *rec, u64 pos,
			   u64 end, u64 *from, u64 *to)
{
	u64 start = rec->sector << SECTOR_SHIFT;

	*from = max(pos, start);
	*to = min(end, start + ((u64)rec->sectors << SECTOR_SHIFT));
	return *from < *to;
}

static struct ramblk_group *ramblk_group_get(struct ramblk_scene *sc,
					     unsigned long nr)
{
	struct ramblk_group *g = xa_load(&sc->groups, nr);
	unsigned int i;
	int err;

	if (g)
		return g;
	g = kzalloc(struct_size(g, piece, ramblk_group_pieces(sc)),
		    GFP_KERNEL);
	if (!g)
		return NULL;
	for (i = 0; i < ramblk_group_pieces(sc); i++) {
		g->piece[i].version = RAMBLK_PICK_DURABLE;
		g->piece[i].seen = 1;
		g->piece[i].last = RAMBLK_PICK_DURABLE;
	}
	err = xa_err(xa_store(&sc->groups, nr, g, GFP_KERNEL));
	if (err) {
		kfree(g);
		return NULL;
	}
	return g;
}

/* One more version that a piece may have. */
static void ramblk_candidate(struct ramblk_scene *sc, struct ramblk_pick *p,
			     u64 nr)
{
	u64 hash;

	if (p->last == sc->i)
		return;
	p->last = sc->i;
	p->seen++;
	if (sc->what == RAMBLK_REWIND_ONLY) {
		if (sc->i == sc->k)
			p->version = sc->i;
		return;
	}
	/* Each of those seen so far is as likely as any other. */
	hash = softdev_hash64(sc->arg, (u64)sc->n << 32 | sc->i, nr);
	if (!(((hash >> 32) * p->seen) >> 32))
		p->version = sc->i;
}

/* Pieces of a group that the operation at hand has written to. */
static void ramblk_group_touched(struct ramblk_scene *sc,
				 struct ramblk_group *g, u64 from, u64 to)
{
	unsigned int mask = ramblk_group_pieces(sc) - 1;
	u64 nr;

	for (nr = from >> sc->piece_shift; nr << sc->piece_shift < to; nr++)
		ramblk_candidate(sc, &g->piece[nr & mask], nr);
}

/* A page that the version at hand has changed. */
static int ramblk_scene_page(void *ctx, u64 index, struct page *before,
			     struct page *after)
{
	struct ramblk_scene *sc = ctx;
	u64 pos = index << PAGE_SHIFT, end = pos + PAGE_SIZE, from, to;
	u64 group = pos >> sc->group_shift;
	struct ramblk_group *g;

	cond_resched();
	if (pos >= sc->size)
		return 0;
	g = ramblk_group_get(sc, group);
	if (!g)
		return -ENOMEM;
	/* What was left there by one that was in flight belongs to this one. */
	if (!ramblk_overlap(&sc->v.rec, pos, end, &from, &to)) {
		from = pos;
		to = end;
	}
	if (sc->what == RAMBLK_REWIND_BUT) {
		u64 base = group << sc->group_shift;

		bitmap_set(g->left, (from - base) >> SECTOR_SHIFT,
			   (to - from) >> SECTOR_SHIFT);
		return 0;
	}
	ramblk_group_touched(sc, g, from, to);
	return 0;
}

/* Pieces of a group that the operation at hand has made durable. */
static void ramblk_group_durable(struct ramblk_scene *sc,
				 struct ramblk_group *g, u64 from, u64 to)
{
	unsigned int mask = ramblk_group_pieces(sc) - 1;
	u64 nr;

	for (nr = from >> sc->piece_shift; nr << sc->piece_shift < to; nr++) {
		struct ramblk_pick *p = &g->piece[nr & mask];

		p->version = RAMBLK_PICK_DURABLE;
		p->seen = 1;
		__set_bit(nr & mask, g->durable);
	}
}

/*
 * The operation at hand is over what others did before it. It wrote there even
 * where that changed nothing, as when it zeroes what was discarded.
 */
static void ramblk_scene_cover(struct ramblk_scene *sc)
{
	const struct ramblk_log_record *rec = &sc->v.rec;
	u64 start = rec->sector << SECTOR_SHIFT;
	u64 end = start + ((u64)rec->sectors << SECTOR_SHIFT);
	bool durable = (rec->flags & RAMBLK_LOG_DURABLE) && !rec->error &&
		       sc->v.number && sc->v.number <= sc->n;
	struct ramblk_group *g;
	unsigned long nr;
	u64 from, to;

	if (!rec->sectors)
		return;
	xa_for_each_range(&sc->groups, nr, g, start >> sc->group_shift,
			  (end - 1) >> sc->group_shift) {
		u64 base = (u64)nr << sc->group_shift;

		ramblk_overlap(rec, base, base + (1ULL << sc->group_shift),
			       &from, &to);
		if (sc->what == RAMBLK_REWIND_BUT)
			bitmap_clear(g->left, (from - base) >> SECTOR_SHIFT,
				     (to - from) >> SECTOR_SHIFT);
		if (durable)
			ramblk_group_durable(sc, g, from, to);
		if (sc->what != RAMBLK_REWIND_BUT)
			ramblk_group_touched(sc, g, from, to);
		cond_resched();
	}
}

/* What has changed between a version and the one before it. */
static int ramblk_scene_step(struct ramblk_scene *sc, u32 i)
{
	struct ramblk_version last;
	struct ramblk_tree a, b;

	sc->i = i;
	ramblk_history_version(sc->h, i, &sc->v);
	if (sc->what != RAMBLK_REWIND_BUT || i != sc->k)
		ramblk_scene_cover(sc);
	if (sc->what == RAMBLK_REWIND_BUT && i != sc->k)
		return 0;
	ramblk_history_version(sc->h, i - 1, &last);
	a = ramblk_version_tree(last.live, last.size);
	b = ramblk_version_tree(sc->v.live, sc->v.size);
	return ramblk_diff(&a, &b, ramblk_scene_page, sc);
}

/*
 * The version that all became durable in last need not have: the recording may
 * have begun when there was something to flush.
 */
static int ramblk_scene_floor(struct ramblk_scene *sc, u32 i)
{
	struct ramblk_tree a, b;

	sc->i = i;
	ramblk_history_version(sc->h, i, &sc->v);
	a = ramblk_version_tree(sc->v.durable, sc->v.size);
	b = ramblk_version_tree(sc->v.live, sc->v.size);
	/* Whole pages, whatever it was that the version was made by. */
	sc->v.rec.sectors = 0;
	return ramblk_diff(&a, &b, ramblk_scene_page, sc);
}

/* The last version of those in flight that follow each other. */
static u32 ramblk_scene_end(struct ramblk_scene *sc)
{
	struct ramblk_version v;
	u32 i;

	for (i = sc->latest; i < READ_ONCE(sc->h->applied); i++) {
		ramblk_history_version(sc->h, i + 1, &v);
		if (!v.number || v.rec.after >= sc->n)
			break;
	}
	return i;
}

/* Decide for each piece. */
static int ramblk_scene_choose(struct ramblk_scene *sc)
{
	struct ramblk_version v;
	u32 end = sc->latest, i;
	int err = 0;

	ramblk_history_version(sc->h, sc->durable, &v);
	if (sc->what != RAMBLK_REWIND_BUT) {
		end = ramblk_scene_end(sc);
		i = v.flush;
		err = ramblk_scene_floor(sc, i);
	} else {
		i = sc->k - 1;
	}
	while (!err && i < end) {
		err = ramblk_scene_step(sc, ++i);
		cond_resched();
	}
	return err;
}

/* Bytes of a page as a store's source. */
struct ramblk_bytes {
	struct ramblk_copy c;
	struct page *page;
	unsigned int offset;
};

static void ramblk_bytes_copy(struct ramblk_copy *c, void *mem,
			      unsigned int len)
{
	struct ramblk_bytes *from = container_of(c, struct ramblk_bytes, c);

	if (from->page)
		memcpy_from_page(mem, from->page, from->offset, len);
	else
		memset(mem, 0, len);
	from->offset += len;
}

/* Make bytes of a page what they are in another tree. */
static int ramblk_scene_copy(struct ramblk_scene *sc, u64 pos, u64 end,
			     const struct ramblk_tree *from)
{
	struct ramblk_bytes bytes = {
		.c.copy = ramblk_bytes_copy, .offset = offset_in_page(pos),
	};
	u64 index = pos >> PAGE_SHIFT;
	struct page *now;
	bool shared;
	int err;

	err = ramblk_mag_fill(sc->s, &sc->mag);
	if (err)
		return err;
	/* The disk may have been smaller then. */
	if (!(index >> (from->levels * RAMBLK_BITS)))
		bytes.page = ramblk_find(from, index, &shared);
	now = ramblk_find(&sc->tree, index, &shared);
	if (bytes.page == now)
		return 0;
	if (end - pos == PAGE_SIZE)
		return ramblk_page_share(sc->s, &sc->tree, index, bytes.page,
					 &sc->mag);
	return ramblk_tree_write(sc->s, &sc->tree, pos, end, &bytes.c,
				 &sc->mag);
}

/* The tree that a piece is to be taken from; false to leave it. */
static bool ramblk_scene_source(struct ramblk_scene *sc,
				const struct ramblk_group *g, unsigned int p,
				struct ramblk_tree *tree)
{
	unsigned int sectors = 1U << (sc->piece_shift - SECTOR_SHIFT);
	u32 i = g->piece[p].version;
	struct ramblk_version v;

	if (sc->what == RAMBLK_REWIND_BUT) {
		if (find_next_bit(g->left, RAMBLK_GROUP_SECTORS, p * sectors) >=
		    (p + 1) * sectors)
			return false;
		/* Without K, and without losing what was made durable after it. */
		i = test_bit(p, g->durable) ? RAMBLK_PICK_DURABLE : sc->k - 1;
	} else if (i == RAMBLK_PICK_DURABLE) {
		return false;
	}
	if (i == RAMBLK_PICK_DURABLE) {
		ramblk_history_version(sc->h, sc->durable, &v);
		*tree = ramblk_version_tree(v.durable, v.size);
	} else {
		ramblk_history_version(sc->h, i, &v);
		*tree = ramblk_version_tree(v.live, v.size);
	}
	return true;
}

/* A piece may be part of a page or be made of pages. */
static int ramblk_scene_piece(struct ramblk_scene *sc, u64 pos,
			      const struct ramblk_tree *from)
{
	u64 end = min(pos + (1ULL << sc->piece_shift), sc->size);
	int err = 0;

	while (!err && pos < end) {
		u64 next = (round_down(pos, PAGE_SIZE)) + PAGE_SIZE;

		/* Behind the end of the disk there is nothing in either. */
		if (sc->piece_shift < PAGE_SHIFT)
			next = min(next, end);
		err = ramblk_scene_copy(sc, pos, next, from);
		pos = next;
	}
	return err;
}

static int ramblk_scene_apply(struct ramblk_scene *sc)
{
	struct ramblk_group *g;
	struct ramblk_tree from;
	unsigned long nr;
	unsigned int p;
	int err = 0;

	xa_for_each(&sc->groups, nr, g) {
		for (p = 0; !err && p < ramblk_group_pieces(sc); p++) {
			u64 pos = ((u64)nr << sc->group_shift) +
				  ((u64)p << sc->piece_shift);

			if (ramblk_scene_source(sc, g, p, &from))
				err = ramblk_scene_piece(sc, pos, &from);
		}
		if (err)
			break;
		cond_resched();
	}
	return err;
}

/* Make the live tree what a tree is. */
static int ramblk_scene_show(struct ramblk_scene *sc, struct ramblk_tree *tree)
{
	struct ramblk_store *s = sc->s;
	int err;

	/* A cut that waits for its verdict need not wait any longer. */
	s->mode &= ~(RAMBLK_LATCHED | RAMBLK_CACHED);
	ramblk_tree_drop(s, &s->durable);
	err = ramblk_fork(s, tree, &s->live);
	if (!err) {
		s->size = sc->size;
		s->durable.levels = s->live.levels;
	}
	return err;
}

/* Is there operation K, and had it begun? What it did must be to be seen. */
static int ramblk_scene_find(struct ramblk_scene *sc)
{
	struct ramblk_instant at;
	struct ramblk_version v, durable;

	if (!sc->arg || sc->arg > READ_ONCE(sc->h->ops))
		return -ENOENT;
	ramblk_history_instant(sc->h, sc->arg, &at);
	ramblk_history_version(sc->h, at.version, &v);
	if (sc->arg > sc->n && v.rec.after >= sc->n)
		return -ENOENT;
	sc->k = at.version;
	ramblk_history_version(sc->h, sc->durable, &durable);
	if (sc->k <= durable.flush ||
	    ((v.rec.flags & RAMBLK_LOG_DURABLE) && !v.rec.error &&
	     sc->arg <= sc->n))
		sc->k = 0;
	/* The latest content is without what came after it. */
	if (sc->what == RAMBLK_REWIND_BUT && sc->k > sc->latest)
		sc->k = 0;
	return 0;
}

/* States that are made of pieces; the disk changes when all went well. */
static int ramblk_scene_make(struct ramblk_scene *sc, struct ramblk_tree *base)
{
	struct ramblk_group *g;
	unsigned long nr;
	int err;

	xa_init(&sc->groups);
	ramblk_mag_init(&sc->mag);
	err = ramblk_scene_choose(sc);
	if (!err)
		err = ramblk_fork(sc->s, base, &sc->tree);
	if (!err)
		err = ramblk_scene_apply(sc);
	if (!err)
		err = ramblk_scene_show(sc, &sc->tree);
	ramblk_tree_drop(sc->s, &sc->tree);
	ramblk_mag_drain(sc->s, &sc->mag);
	xa_for_each(&sc->groups, nr, g)
		kfree(g);
	xa_destroy(&sc->groups);
	return err;
}

/**
 * ramblk_history_rewind() - make the disk what a cut could have left
 * @h: the history
 * @s: the store
 * @n: a cut right after this operation; 0 for before the first
 * @what: which of the states
 * @arg: the seed for RANDOM, the number of an operation for ONLY and BUT
 * @tear: decide for each sector
 *
 * The latest and the durable state take the same time for any disk and any @n;
 * the others take time in what was not flushed at @n.
 *
 * Context: process; nobody uses the store or configures the disk. Sleeps.
 * Return: 0, -ENOENT if there is no such operation, or it had not begun by
 * then, or -ENOMEM, with nothing changed.
 */
int ramblk_history_rewind(struct ramblk_history *h, struct ramblk_store *s,
			  u32 n, enum ramblk_rewind what, u64 arg, bool tear)
{
	struct ramblk_scene sc = {
		.h = h, .s = s, .n = n, .what = what, .arg = arg,
	};
	bool latest = what == RAMBLK_REWIND_LATEST || what == RAMBLK_REWIND_BUT;
	unsigned int mode = s->mode;
	atomic64_t *made = s->made;
	struct ramblk_instant at;
	struct ramblk_version v;
	struct ramblk_tree base;
	int err = 0;

	if (!h->kept || n > h->ops)
		return -ENOENT;
	sc.piece_shift = tear ? SECTOR_SHIFT : ilog2(h->unit);
	sc.piece_shift = max(sc.piece_shift, h->atomic_shift);
	sc.group_shift = max_t(unsigned int, PAGE_SHIFT, sc.piece_shift);
	ramblk_history_instant(h, n, &at);
	sc.latest = at.latest;
	sc.durable = at.durable;
	if (what == RAMBLK_REWIND_ONLY || what == RAMBLK_REWIND_BUT)
		err = ramblk_scene_find(&sc);
	if (err)
		return err;
	ramblk_history_version(h, latest ? sc.latest : sc.durable, &v);
	base = ramblk_version_tree(latest ? v.live : v.durable, v.size);
	sc.size = v.size;
	sc.tree.levels = base.levels;
	/* A fork is refused while a cut waits for its verdict. */
	s->mode &= ~RAMBLK_LATCHED;
	s->made = NULL;
	if (what == RAMBLK_REWIND_RANDOM || sc.k)
		err = ramblk_scene_make(&sc, &base);
	else
		err = ramblk_scene_show(&sc, &base);
	if (err) {
		s->mode = mode;
		s->made = made;
	} else {
		h->state = RAMBLK_HISTORY_REPLAYING;
		h->shown = latest ? sc.latest : sc.durable;
		h->shown_durable = !latest;
	}
	return err;
}
