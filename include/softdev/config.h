/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Devices that users make and tune by configfs, the same way in every module
 * that has them.
 *
 * A module registers a struct softdev_tree; a device is a struct softdev_item
 * in it: a directory with the settings of a table, power, clear, faults/ and
 * stats/. The devices made at load are default groups, so rmdir of those is
 * EPERM; a directory made by mkdir keeps the module, which configfs sees to.
 *
 * What a driver supplies: a table of settings, struct softdev_item_ops, and
 * lists of its fault kinds and statistics. A configfs show or store is told
 * the item but not the attribute, so each attribute needs functions of its
 * own: the macros at the end write them, one row each.
 */
#ifndef _SOFTDEV_CONFIG_H
#define _SOFTDEV_CONFIG_H

#include <linux/configfs.h>
#include <linux/ctype.h>
#include <linux/err.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <softdev/fault.h>
#include <softdev/param.h>

/* Longest name of a device: what a disk's name leaves for partitions. */
#define SOFTDEV_NAME_MAX	27

struct softdev_item;
struct softdev_tree;

/**
 * struct softdev_item_ops - what a driver does with its devices
 * @alloc: make an item's memory, zeroed and with its settings at their
 *	defaults; an ERR_PTR() on failure. May sleep
 * @groups: add the driver's own directories to an item's; may be NULL
 * @free: undo @alloc. The item is unpowered and nobody finds it any more. The
 *	contents of a device that is still open must outlive it by their own
 *	reference count
 * @power_on: make the device appear; 0 or an error, with nothing left behind
 * @power_off: take it away; @how is the index of the word written (0, or a
 *	later one of @power_words: never 1). Sleepers wake, contents stay
 * @clear: free the contents; unpowered
 * @set: check and apply a setting that passed its row's own checks; 0, or an
 *	error with nothing changed. May be NULL. The caller stores the value
 * @faults_changed: rates or seed were written; may be NULL
 * @reseeded: the seed was written, and all streams start anew; may be NULL
 * @stat: the value of statistic number i
 * @power_words: what may be written to power: "0", "1", more; NULL-terminated
 *
 * All but @alloc, @groups, @free and @stat are called with item->lock held.
 */
struct softdev_item_ops {
	struct softdev_item *(*alloc)(const char *name);
	void (*groups)(struct softdev_item *item);
	void (*free)(struct softdev_item *item);
	int (*power_on)(struct softdev_item *item);
	int (*power_off)(struct softdev_item *item, unsigned int how);
	int (*clear)(struct softdev_item *item);
	int (*set)(struct softdev_item *item, unsigned int id, u64 value);
	void (*faults_changed)(struct softdev_item *item);
	void (*reseeded)(struct softdev_item *item);
	u64 (*stat)(struct softdev_item *item, unsigned int i);
	const char *const *power_words;
};

/**
 * struct softdev_tree - a module's directory in configfs
 * @subsys: the directory itself
 * @name: the module's name, with which every device's name begins
 * @ops: what the driver does
 * @settings: the table of settings
 * @item_type: a device's directory: attributes of the driver's choice
 * @faults_type: its faults/
 * @stats_type: its stats/
 */
struct softdev_tree {
	struct configfs_subsystem subsys;
	const char *name;
	const struct softdev_item_ops *ops;
	const struct softdev_setting *settings;
	const struct config_item_type *item_type;
	const struct config_item_type *faults_type;
	const struct config_item_type *stats_type;
};

/**
 * struct softdev_item - a device's directory, embedded in the driver's own
 * @group: NAME/
 * @faults_group: NAME/faults/
 * @stats_group: NAME/stats/
 * @tree: the module's
 * @lock: serialises everything that configures this device: protects @powered,
 *	writes to @values and the driver's own configuration. Taken in process
 *	context, outside every lock of the data path
 * @powered: the device is there
 * @values: settings, indexed as the tree's table; written under @lock, read
 *	anywhere; see softdev_value()
 * @faults: the dice
 * @name: the node's name in /dev
 */
struct softdev_item {
	struct config_group group;
	struct config_group faults_group;
	struct config_group stats_group;
	struct softdev_tree *tree;
	struct mutex lock;	/* configuration, see above */
	bool powered;
	atomic64_t *values;
	struct softdev_faults faults;
	char name[SOFTDEV_NAME_MAX + 1];
};

/**
 * softdev_value() - what a setting is
 * @item: the device
 * @id: the setting's row
 *
 * Context: any; whole on machines of 32 bits, too.
 */
static inline u64 softdev_value(const struct softdev_item *item,
				unsigned int id)
{
	return atomic64_read(&item->values[id]);
}

/**
 * softdev_value_set() - store what a setting is
 * @item: the device
 * @id: the setting's row
 * @value: checked by the caller
 *
 * Context: any; the caller holds @item->lock or is alone.
 */
static inline void softdev_value_set(struct softdev_item *item,
				     unsigned int id, u64 value)
{
	atomic64_set(&item->values[id], value);
}

static inline struct softdev_item *softdev_item(struct config_item *ci)
{
	return container_of(to_config_group(ci), struct softdev_item, group);
}

static inline struct softdev_item *softdev_faults_item(struct config_item *ci)
{
	return container_of(to_config_group(ci), struct softdev_item,
			    faults_group);
}

static inline struct softdev_item *softdev_stats_item(struct config_item *ci)
{
	return container_of(to_config_group(ci), struct softdev_item,
			    stats_group);
}

/**
 * softdev_name_check() - may a user give a device this name?
 * @module: the module's name
 * @name: the name asked for
 *
 * MODULE- and letters, digits, _ and -, ending in a letter, so that it never
 * collides with a device made at load nor with a disk's partition.
 *
 * Return: 0, -ENAMETOOLONG or -EINVAL.
 */
static inline int softdev_name_check(const char *module, const char *name)
{
	size_t prefix = strlen(module);
	size_t len = strlen(name);
	size_t i;

	if (len > SOFTDEV_NAME_MAX)
		return -ENAMETOOLONG;
	if (len < prefix + 2 || strncmp(name, module, prefix) ||
	    name[prefix] != '-')
		return -EINVAL;
	for (i = prefix + 1; i < len; i++) {
		if (!isascii(name[i]) ||
		    !(isalnum(name[i]) || name[i] == '_' || name[i] == '-'))
			return -EINVAL;
	}
	return isalpha(name[len - 1]) ? 0 : -EINVAL;
}

/* softdev_item_power() with @item->lock held. */
static inline int softdev_item_power_locked(struct softdev_item *item,
					    unsigned int how)
{
	const struct softdev_item_ops *ops = item->tree->ops;
	bool on = how == 1;
	int err = 0;

	if (item->powered != on) {
		err = on ? ops->power_on(item) : ops->power_off(item, how);
		if (!err)
			item->powered = on;
	}
	return err;
}

/**
 * softdev_item_power() - switch a device
 * @item: the device
 * @how: index of the word in power_words: 1 is on
 *
 * Being there already, or gone already, is success.
 *
 * Context: process; takes @item->lock.
 * Return: 0 or the driver's error.
 */
static inline int softdev_item_power(struct softdev_item *item,
				     unsigned int how)
{
	int err;

	mutex_lock(&item->lock);
	err = softdev_item_power_locked(item, how);
	mutex_unlock(&item->lock);
	return err;
}

static inline ssize_t softdev_item_show(struct config_item *ci, char *page,
					unsigned int id)
{
	struct softdev_item *item = softdev_item(ci);
	int n = softdev_format(&item->tree->settings[id],
			       softdev_value(item, id), page, PAGE_SIZE - 1);

	return n + scnprintf(page + n, 2, "\n");
}

static inline ssize_t softdev_item_store(struct config_item *ci,
					 const char *page, size_t count,
					 unsigned int id)
{
	struct softdev_item *item = softdev_item(ci);
	const struct softdev_setting *s = &item->tree->settings[id];
	const struct softdev_item_ops *ops = item->tree->ops;
	u64 value;
	int err;

	err = softdev_parse(s, page, &value);
	if (err)
		return err;
	err = mutex_lock_killable(&item->lock);
	if (err)
		return err;
	if (item->powered && !(s->flags & SOFTDEV_LIVE))
		err = -EBUSY;
	else if (ops->set)
		err = ops->set(item, id, value);
	if (!err)
		softdev_value_set(item, id, value);
	mutex_unlock(&item->lock);
	return err ? err : count;
}

static inline ssize_t softdev_item_power_show(struct config_item *ci,
					      char *page)
{
	return sysfs_emit(page, "%d\n", READ_ONCE(softdev_item(ci)->powered));
}

static inline ssize_t softdev_item_power_store(struct config_item *ci,
					       const char *page, size_t count)
{
	struct softdev_item *item = softdev_item(ci);
	const struct softdev_setting word = {
		.kind = SOFTDEV_CHOICE,
		.choices = item->tree->ops->power_words,
	};
	u64 how;
	int err;

	err = softdev_parse(&word, page, &how);
	if (err)
		return err;
	/* Whoever waits here can be killed; rmdir, below, cannot. */
	err = mutex_lock_killable(&item->lock);
	if (err)
		return err;
	err = softdev_item_power_locked(item, how);
	mutex_unlock(&item->lock);
	return err ? err : count;
}

static inline ssize_t softdev_item_clear_store(struct config_item *ci,
					       const char *page, size_t count)
{
	static const struct softdev_setting one = {
		.kind = SOFTDEV_UINT, .min = 1, .max = 1,
	};
	struct softdev_item *item = softdev_item(ci);
	u64 value;
	int err;

	err = softdev_parse(&one, page, &value);
	if (err)
		return err;
	err = mutex_lock_killable(&item->lock);
	if (err)
		return err;
	err = item->powered ? -EBUSY : item->tree->ops->clear(item);
	mutex_unlock(&item->lock);
	return err ? err : count;
}

static inline ssize_t softdev_fault_rate_show(struct config_item *ci,
					      char *page, unsigned int kind)
{
	struct softdev_item *item = softdev_faults_item(ci);

	return sysfs_emit(page, "%u\n", READ_ONCE(item->faults.rate[kind]));
}

static inline ssize_t softdev_fault_hits_show(struct config_item *ci,
					      char *page, unsigned int kind)
{
	struct softdev_item *item = softdev_faults_item(ci);

	return sysfs_emit(page, "%lld\n",
			  (s64)atomic64_read(&item->faults.hits[kind]));
}

static inline ssize_t softdev_fault_rate_store(struct config_item *ci,
					       const char *page, size_t count,
					       unsigned int kind)
{
	struct softdev_item *item = softdev_faults_item(ci);
	u64 rate;
	int err;

	err = softdev_parse(&softdev_fault_rate_setting, page, &rate);
	if (err)
		return err;
	err = mutex_lock_killable(&item->lock);
	if (err)
		return err;
	WRITE_ONCE(item->faults.rate[kind], rate);
	if (item->tree->ops->faults_changed)
		item->tree->ops->faults_changed(item);
	mutex_unlock(&item->lock);
	return count;
}

static inline ssize_t softdev_fault_seed_show(struct config_item *ci,
					      char *page)
{
	struct softdev_item *item = softdev_faults_item(ci);

	return sysfs_emit(page, "%llu\n", softdev_faults_seed(&item->faults));
}

static inline ssize_t softdev_fault_seed_store(struct config_item *ci,
					       const char *page, size_t count)
{
	struct softdev_item *item = softdev_faults_item(ci);
	u64 seed;
	int err;

	err = softdev_parse(&softdev_fault_seed_setting, page, &seed);
	if (err)
		return err;
	err = mutex_lock_killable(&item->lock);
	if (err)
		return err;
	softdev_faults_reseed(&item->faults, seed);
	if (item->tree->ops->reseeded)
		item->tree->ops->reseeded(item);
	if (item->tree->ops->faults_changed)
		item->tree->ops->faults_changed(item);
	mutex_unlock(&item->lock);
	return count;
}

static inline ssize_t softdev_stat_show(struct config_item *ci, char *page,
					unsigned int i)
{
	struct softdev_item *item = softdev_stats_item(ci);

	return sysfs_emit(page, "%llu\n", item->tree->ops->stat(item, i));
}

/* Everything of an item that the driver's alloc() does not do. */
static inline struct softdev_item *softdev_item_make(struct softdev_tree *tree,
						     const char *name)
{
	struct softdev_item *item = tree->ops->alloc(name);

	if (IS_ERR(item))
		return item;
	item->tree = tree;
	mutex_init(&item->lock);
	strscpy(item->name, name, sizeof(item->name));
	config_group_init_type_name(&item->group, name, tree->item_type);
	config_group_init_type_name(&item->faults_group, "faults",
				    tree->faults_type);
	config_group_init_type_name(&item->stats_group, "stats",
				    tree->stats_type);
	configfs_add_default_group(&item->faults_group, &item->group);
	configfs_add_default_group(&item->stats_group, &item->group);
	if (tree->ops->groups)
		tree->ops->groups(item);
	return item;
}

/* The last reference to a device's directory is gone. */
static inline void softdev_item_release(struct config_item *ci)
{
	struct softdev_item *item = softdev_item(ci);

	item->tree->ops->free(item);
}

static inline struct softdev_tree *softdev_tree(struct config_group *group)
{
	return container_of(to_configfs_subsystem(group), struct softdev_tree,
			    subsys);
}

/* mkdir. */
static inline struct config_group *softdev_tree_make(struct config_group *group,
						     const char *name)
{
	struct softdev_tree *tree = softdev_tree(group);
	struct softdev_item *item;
	int err;

	err = softdev_name_check(tree->name, name);
	if (err)
		return ERR_PTR(err);
	item = softdev_item_make(tree, name);
	return IS_ERR(item) ? ERR_CAST(item) : &item->group;
}

/* rmdir: the device goes first, then the directory's reference. */
static inline void softdev_tree_drop(struct config_group *group,
				     struct config_item *ci)
{
	softdev_item_power(softdev_item(ci), 0);
	config_item_put(ci);
}

/**
 * softdev_tree_add() - make a device at load
 * @tree: the module's tree, not yet registered
 * @name: the device's name
 *
 * The device is not powered yet. softdev_tree_remove() frees it.
 *
 * Return: the item or an ERR_PTR().
 */
static inline struct softdev_item *softdev_tree_add(struct softdev_tree *tree,
						    const char *name)
{
	struct softdev_item *item = softdev_item_make(tree, name);

	if (!IS_ERR(item))
		configfs_add_default_group(&item->group, &tree->subsys.su_group);
	return item;
}

/* The device made at load that stands at this place in the tree's list. */
#define softdev_tree_entry(_pos)					\
	container_of(list_entry(_pos, struct config_group, group_entry), \
		     struct softdev_item, group)

/**
 * softdev_tree_power() - switch every device made at load
 * @tree: the module's tree
 * @how: as softdev_item_power()
 *
 * Return: 0, or the error of the first device that would not switch.
 */
static inline int softdev_tree_power(struct softdev_tree *tree,
				     unsigned int how)
{
	struct list_head *pos;
	int err = 0;

	list_for_each(pos, &tree->subsys.su_group.default_groups) {
		int e = softdev_item_power(softdev_tree_entry(pos), how);

		err = err ? err : e;
		if (err && how == 1)
			break;
	}
	return err;
}

/**
 * softdev_tree_init() - set up a module's tree
 * @tree: name, ops, settings and types filled in, the rest zero
 * @type: type of the module's directory, see SOFTDEV_TREE_TYPE()
 */
static inline void softdev_tree_init(struct softdev_tree *tree,
				     const struct config_item_type *type)
{
	config_group_init_type_name(&tree->subsys.su_group, tree->name, type);
	mutex_init(&tree->subsys.su_mutex);
}

/**
 * softdev_tree_destroy() - free the devices made at load
 * @tree: the module's tree, not registered (any more), its devices unpowered
 */
static inline void softdev_tree_destroy(struct softdev_tree *tree)
{
	configfs_remove_default_groups(&tree->subsys.su_group);
	mutex_destroy(&tree->subsys.su_mutex);
}

/*
 * The rows. A driver writes, for its list of settings, faults and statistics:
 *
 *	SOFTDEV_ITEM_ATTR(size, RAMBLK_SIZE);
 *	SOFTDEV_FAULT_ATTR(read, RAMBLK_FAULT_READ);
 *	SOFTDEV_STAT_ATTR(allocated_bytes, RAMBLK_STAT_ALLOCATED);
 *
 * and names the results in its tables of attributes: &softdev_attr_size,
 * &softdev_fault_attr_read, &softdev_fault_attr_read_hits,
 * &softdev_stat_attr_allocated_bytes. SOFTDEV_ITEM_ATTRS_COMMON writes power,
 * clear and faults/seed: &softdev_attr_power, &softdev_attr_clear,
 * &softdev_fault_attr_seed.
 */
#define SOFTDEV_ITEM_ATTR(_name, _id)					\
enum { softdev_attr_##_name##_id = _id };				\
static ssize_t softdev_row_##_name##_show(struct config_item *ci,	\
					  char *page)			\
{									\
	return softdev_item_show(ci, page, softdev_attr_##_name##_id);	\
}									\
static ssize_t softdev_row_##_name##_store(struct config_item *ci,	\
					   const char *page,		\
					   size_t count)		\
{									\
	return softdev_item_store(ci, page, count,			\
				  softdev_attr_##_name##_id);		\
}									\
static struct configfs_attribute softdev_attr_##_name = {		\
	.ca_name	= __stringify(_name),				\
	.ca_mode	= 0644,						\
	.ca_owner	= THIS_MODULE,					\
	.show		= softdev_row_##_name##_show,			\
	.store		= softdev_row_##_name##_store,			\
}

#define SOFTDEV_FAULT_ATTR(_name, _kind)				\
enum { softdev_fault_attr_##_name##_kind = _kind };			\
static ssize_t softdev_fault_##_name##_show(struct config_item *ci,	\
					    char *page)			\
{									\
	return softdev_fault_rate_show(ci, page,			\
				       softdev_fault_attr_##_name##_kind); \
}									\
static ssize_t softdev_fault_##_name##_store(struct config_item *ci,	\
					     const char *page,		\
					     size_t count)		\
{									\
	return softdev_fault_rate_store(ci, page, count,		\
					softdev_fault_attr_##_name##_kind); \
}									\
static ssize_t softdev_fault_##_name##_hits_show(struct config_item *ci, \
						 char *page)		\
{									\
	return softdev_fault_hits_show(ci, page,			\
				       softdev_fault_attr_##_name##_kind); \
}									\
CONFIGFS_ATTR(softdev_fault_, _name);					\
CONFIGFS_ATTR_RO(softdev_fault_, _name##_hits)

#define SOFTDEV_STAT_ATTR(_name, _i)					\
static ssize_t softdev_stat_##_name##_show(struct config_item *ci,	\
					   char *page)			\
{									\
	return softdev_stat_show(ci, page, _i);				\
}									\
CONFIGFS_ATTR_RO(softdev_stat_, _name)

#define SOFTDEV_ITEM_ATTRS_COMMON					\
static struct configfs_attribute softdev_attr_power = {			\
	.ca_name	= "power",					\
	.ca_mode	= 0644,						\
	.ca_owner	= THIS_MODULE,					\
	.show		= softdev_item_power_show,			\
	.store		= softdev_item_power_store,			\
};									\
static struct configfs_attribute softdev_attr_clear = {			\
	.ca_name	= "clear",					\
	.ca_mode	= 0200,						\
	.ca_owner	= THIS_MODULE,					\
	.store		= softdev_item_clear_store,			\
};									\
static struct configfs_attribute softdev_fault_attr_seed = {		\
	.ca_name	= "seed",					\
	.ca_mode	= 0644,						\
	.ca_owner	= THIS_MODULE,					\
	.show		= softdev_fault_seed_show,			\
	.store		= softdev_fault_seed_store,			\
}

/*
 * The three (four, with the tree's own) types, from the attribute tables
 * PREFIX_item_attrs, PREFIX_fault_attrs and PREFIX_stat_attrs.
 */
#define SOFTDEV_ITEM_TYPES(_prefix)					\
static struct configfs_item_operations _prefix##_item_ops = {		\
	.release	= softdev_item_release,				\
};									\
static const struct config_item_type _prefix##_item_type = {		\
	.ct_owner	= THIS_MODULE,					\
	.ct_item_ops	= &_prefix##_item_ops,				\
	.ct_attrs	= _prefix##_item_attrs,				\
};									\
static const struct config_item_type _prefix##_faults_type = {		\
	.ct_owner	= THIS_MODULE,					\
	.ct_attrs	= _prefix##_fault_attrs,			\
};									\
static const struct config_item_type _prefix##_stats_type = {		\
	.ct_owner	= THIS_MODULE,					\
	.ct_attrs	= _prefix##_stat_attrs,				\
};									\
static struct configfs_group_operations _prefix##_tree_group_ops = {	\
	.make_group	= softdev_tree_make,				\
	.drop_item	= softdev_tree_drop,				\
};									\
static const struct config_item_type _prefix##_tree_type = {		\
	.ct_owner	= THIS_MODULE,					\
	.ct_group_ops	= &_prefix##_tree_group_ops,			\
}

#endif /* _SOFTDEV_CONFIG_H */
