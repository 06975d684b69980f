/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Devices that users make and tune by configfs, the same way in every module
 * that has them.
 *
 * A module registers a struct softdev_tree; a device is a struct softdev_node
 * in it: a directory with the settings of a table, power, clear, faults/ and
 * stats/. The devices made at load are default groups, so rmdir of those is
 * EPERM; a directory made by mkdir keeps the module, which configfs sees to.
 *
 * What a driver supplies: a table of settings, struct softdev_node_ops, and
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

struct softdev_node;
struct softdev_tree;

/**
 * struct softdev_node_ops - what a driver does with its devices
 * @alloc: make a node's memory, zeroed and with its settings at their
 *	defaults; an ERR_PTR() on failure. May sleep
 * @free: undo @alloc. The node is unpowered and nobody finds it any more. The
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
 * All but @alloc, @free and @stat are called with node->lock held.
 */
struct softdev_node_ops {
	struct softdev_node *(*alloc)(const char *name);
	void (*free)(struct softdev_node *node);
	int (*power_on)(struct softdev_node *node);
	int (*power_off)(struct softdev_node *node, unsigned int how);
	int (*clear)(struct softdev_node *node);
	int (*set)(struct softdev_node *node, unsigned int id, u64 value);
	void (*faults_changed)(struct softdev_node *node);
	void (*reseeded)(struct softdev_node *node);
	u64 (*stat)(struct softdev_node *node, unsigned int i);
	const char *const *power_words;
};

/**
 * struct softdev_tree - a module's directory in configfs
 * @subsys: the directory itself
 * @name: the module's name, with which every device's name begins
 * @ops: what the driver does
 * @settings: the table of settings
 * @node_type: a device's directory: attributes of the driver's choice
 * @faults_type: its faults/
 * @stats_type: its stats/
 */
struct softdev_tree {
	struct configfs_subsystem subsys;
	const char *name;
	const struct softdev_node_ops *ops;
	const struct softdev_setting *settings;
	const struct config_item_type *node_type;
	const struct config_item_type *faults_type;
	const struct config_item_type *stats_type;
};

/**
 * struct softdev_node - a device's directory, embedded in the driver's own
 * @group: NAME/
 * @faults_group: NAME/faults/
 * @stats_group: NAME/stats/
 * @tree: the module's
 * @lock: serialises everything that configures this device: protects @powered,
 *	writes to @values and the driver's own configuration. Taken in process
 *	context, outside every lock of the data path
 * @powered: the device is there
 * @values: settings, indexed as the tree's table; written under @lock, read
 *	anywhere with READ_ONCE()
 * @faults: the dice
 * @name: the node's name in /dev
 */
struct softdev_node {
	struct config_group group;
	struct config_group faults_group;
	struct config_group stats_group;
	struct softdev_tree *tree;
	struct mutex lock;	/* configuration, see above */
	bool powered;
	u64 *values;
	struct softdev_faults faults;
	char name[SOFTDEV_NAME_MAX + 1];
};

static inline struct softdev_node *softdev_node(struct config_item *item)
{
	return container_of(to_config_group(item), struct softdev_node, group);
}

static inline struct softdev_node *softdev_faults_node(struct config_item *item)
{
	return container_of(to_config_group(item), struct softdev_node,
			    faults_group);
}

static inline struct softdev_node *softdev_stats_node(struct config_item *item)
{
	return container_of(to_config_group(item), struct softdev_node,
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

/**
 * softdev_node_power() - switch a device
 * @node: the device
 * @how: index of the word in power_words: 1 is on
 *
 * Being there already, or gone already, is success.
 *
 * Context: process; takes @node->lock.
 * Return: 0 or the driver's error.
 */
static inline int softdev_node_power(struct softdev_node *node,
				     unsigned int how)
{
	const struct softdev_node_ops *ops = node->tree->ops;
	bool on = how == 1;
	int err = 0;

	mutex_lock(&node->lock);
	if (node->powered != on) {
		err = on ? ops->power_on(node) : ops->power_off(node, how);
		if (!err)
			node->powered = on;
	}
	mutex_unlock(&node->lock);
	return err;
}

static inline ssize_t softdev_node_show(struct config_item *item, char *page,
					unsigned int id)
{
	struct softdev_node *node = softdev_node(item);
	int n = softdev_format(&node->tree->settings[id],
			       READ_ONCE(node->values[id]), page, PAGE_SIZE - 1);

	return n + scnprintf(page + n, 2, "\n");
}

static inline ssize_t softdev_node_store(struct config_item *item,
					 const char *page, size_t count,
					 unsigned int id)
{
	struct softdev_node *node = softdev_node(item);
	const struct softdev_setting *s = &node->tree->settings[id];
	const struct softdev_node_ops *ops = node->tree->ops;
	u64 value;
	int err;

	err = softdev_parse(s, page, &value);
	if (err)
		return err;
	mutex_lock(&node->lock);
	if (node->powered && !(s->flags & SOFTDEV_LIVE))
		err = -EBUSY;
	else if (ops->set)
		err = ops->set(node, id, value);
	if (!err)
		WRITE_ONCE(node->values[id], value);
	mutex_unlock(&node->lock);
	return err ? err : count;
}

static inline ssize_t softdev_node_power_show(struct config_item *item,
					      char *page)
{
	return sysfs_emit(page, "%d\n", READ_ONCE(softdev_node(item)->powered));
}

static inline ssize_t softdev_node_power_store(struct config_item *item,
					       const char *page, size_t count)
{
	struct softdev_node *node = softdev_node(item);
	const struct softdev_setting word = {
		.kind = SOFTDEV_CHOICE,
		.choices = node->tree->ops->power_words,
	};
	u64 how;
	int err;

	err = softdev_parse(&word, page, &how);
	if (!err)
		err = softdev_node_power(node, how);
	return err ? err : count;
}

static inline ssize_t softdev_node_clear_store(struct config_item *item,
					       const char *page, size_t count)
{
	static const struct softdev_setting one = {
		.kind = SOFTDEV_UINT, .min = 1, .max = 1,
	};
	struct softdev_node *node = softdev_node(item);
	u64 value;
	int err;

	err = softdev_parse(&one, page, &value);
	if (err)
		return err;
	mutex_lock(&node->lock);
	err = node->powered ? -EBUSY : node->tree->ops->clear(node);
	mutex_unlock(&node->lock);
	return err ? err : count;
}

static inline ssize_t softdev_fault_rate_show(struct config_item *item,
					      char *page, unsigned int kind)
{
	struct softdev_node *node = softdev_faults_node(item);

	return sysfs_emit(page, "%u\n", READ_ONCE(node->faults.rate[kind]));
}

static inline ssize_t softdev_fault_hits_show(struct config_item *item,
					      char *page, unsigned int kind)
{
	struct softdev_node *node = softdev_faults_node(item);

	return sysfs_emit(page, "%lld\n",
			  (s64)atomic64_read(&node->faults.hits[kind]));
}

static inline ssize_t softdev_fault_rate_store(struct config_item *item,
					       const char *page, size_t count,
					       unsigned int kind)
{
	struct softdev_node *node = softdev_faults_node(item);
	u64 rate;
	int err;

	err = softdev_parse(&softdev_fault_rate_setting, page, &rate);
	if (err)
		return err;
	mutex_lock(&node->lock);
	WRITE_ONCE(node->faults.rate[kind], rate);
	if (node->tree->ops->faults_changed)
		node->tree->ops->faults_changed(node);
	mutex_unlock(&node->lock);
	return count;
}

static inline ssize_t softdev_fault_seed_show(struct config_item *item,
					      char *page)
{
	struct softdev_node *node = softdev_faults_node(item);

	return sysfs_emit(page, "%llu\n", READ_ONCE(node->faults.seed));
}

static inline ssize_t softdev_fault_seed_store(struct config_item *item,
					       const char *page, size_t count)
{
	struct softdev_node *node = softdev_faults_node(item);
	u64 seed;
	int err;

	err = softdev_parse(&softdev_fault_seed_setting, page, &seed);
	if (err)
		return err;
	mutex_lock(&node->lock);
	softdev_faults_reseed(&node->faults, seed);
	if (node->tree->ops->reseeded)
		node->tree->ops->reseeded(node);
	if (node->tree->ops->faults_changed)
		node->tree->ops->faults_changed(node);
	mutex_unlock(&node->lock);
	return count;
}

static inline ssize_t softdev_stat_show(struct config_item *item, char *page,
					unsigned int i)
{
	struct softdev_node *node = softdev_stats_node(item);

	return sysfs_emit(page, "%llu\n", node->tree->ops->stat(node, i));
}

/* Everything of a node that the driver's alloc() does not do. */
static inline struct softdev_node *softdev_node_make(struct softdev_tree *tree,
						     const char *name)
{
	struct softdev_node *node = tree->ops->alloc(name);

	if (IS_ERR(node))
		return node;
	node->tree = tree;
	mutex_init(&node->lock);
	strscpy(node->name, name, sizeof(node->name));
	config_group_init_type_name(&node->group, name, tree->node_type);
	config_group_init_type_name(&node->faults_group, "faults",
				    tree->faults_type);
	config_group_init_type_name(&node->stats_group, "stats",
				    tree->stats_type);
	configfs_add_default_group(&node->faults_group, &node->group);
	configfs_add_default_group(&node->stats_group, &node->group);
	return node;
}

/* The last reference to a device's directory is gone. */
static inline void softdev_node_release(struct config_item *item)
{
	struct softdev_node *node = softdev_node(item);

	node->tree->ops->free(node);
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
	struct softdev_node *node;
	int err;

	err = softdev_name_check(tree->name, name);
	if (err)
		return ERR_PTR(err);
	node = softdev_node_make(tree, name);
	return IS_ERR(node) ? ERR_CAST(node) : &node->group;
}

/* rmdir: the device goes first, then the directory's reference. */
static inline void softdev_tree_drop(struct config_group *group,
				     struct config_item *item)
{
	softdev_node_power(softdev_node(item), 0);
	config_item_put(item);
}

/**
 * softdev_tree_add() - make a device at load
 * @tree: the module's tree, not yet registered
 * @name: the device's name
 *
 * The device is not powered yet. softdev_tree_remove() frees it.
 *
 * Return: the node or an ERR_PTR().
 */
static inline struct softdev_node *softdev_tree_add(struct softdev_tree *tree,
						    const char *name)
{
	struct softdev_node *node = softdev_node_make(tree, name);

	if (!IS_ERR(node))
		configfs_add_default_group(&node->group, &tree->subsys.su_group);
	return node;
}

/* The device made at load that stands at this place in the tree's list. */
#define softdev_tree_entry(_pos) \
	container_of(list_entry(_pos, struct config_group, group_entry), \
		     struct softdev_node, group)

/**
 * softdev_tree_power() - switch every device made at load
 * @tree: the module's tree
 * @how: as softdev_node_power()
 *
 * Return: 0, or the error of the first device that would not switch.
 */
static inline int softdev_tree_power(struct softdev_tree *tree,
				     unsigned int how)
{
	struct list_head *pos;
	int err = 0;

	list_for_each(pos, &tree->subsys.su_group.default_groups) {
		int e = softdev_node_power(softdev_tree_entry(pos), how);

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
 *	SOFTDEV_NODE_ATTR(size, RAMBLK_SIZE);
 *	SOFTDEV_FAULT_ATTR(read, RAMBLK_FAULT_READ);
 *	SOFTDEV_STAT_ATTR(allocated_bytes, RAMBLK_STAT_ALLOCATED);
 *
 * and names the results in its tables of attributes: &softdev_attr_size,
 * &softdev_fault_attr_read, &softdev_fault_attr_read_hits,
 * &softdev_stat_attr_allocated_bytes. SOFTDEV_NODE_ATTRS_COMMON writes power,
 * clear and faults/seed: &softdev_attr_power, &softdev_attr_clear,
 * &softdev_fault_attr_seed.
 */
#define SOFTDEV_NODE_ATTR(_name, _id)					\
enum { softdev_attr_##_name##_id = _id };				\
static ssize_t softdev_row_##_name##_show(struct config_item *item,	\
					  char *page)			\
{									\
	return softdev_node_show(item, page, softdev_attr_##_name##_id); \
}									\
static ssize_t softdev_row_##_name##_store(struct config_item *item,	\
					   const char *page,		\
					   size_t count)		\
{									\
	return softdev_node_store(item, page, count,			\
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
static ssize_t softdev_fault_##_name##_show(struct config_item *item,	\
					    char *page)			\
{									\
	return softdev_fault_rate_show(item, page,			\
				       softdev_fault_attr_##_name##_kind); \
}									\
static ssize_t softdev_fault_##_name##_store(struct config_item *item,	\
					     const char *page,		\
					     size_t count)		\
{									\
	return softdev_fault_rate_store(item, page, count,		\
					softdev_fault_attr_##_name##_kind); \
}									\
static ssize_t softdev_fault_##_name##_hits_show(struct config_item *item, \
						 char *page)		\
{									\
	return softdev_fault_hits_show(item, page,			\
				       softdev_fault_attr_##_name##_kind); \
}									\
CONFIGFS_ATTR(softdev_fault_, _name);					\
CONFIGFS_ATTR_RO(softdev_fault_, _name##_hits)

#define SOFTDEV_STAT_ATTR(_name, _i)					\
static ssize_t softdev_stat_##_name##_show(struct config_item *item,	\
					   char *page)			\
{									\
	return softdev_stat_show(item, page, _i);			\
}									\
CONFIGFS_ATTR_RO(softdev_stat_, _name)

#define SOFTDEV_NODE_ATTRS_COMMON					\
static struct configfs_attribute softdev_attr_power = {			\
	.ca_name	= "power",					\
	.ca_mode	= 0644,						\
	.ca_owner	= THIS_MODULE,					\
	.show		= softdev_node_power_show,			\
	.store		= softdev_node_power_store,			\
};									\
static struct configfs_attribute softdev_attr_clear = {			\
	.ca_name	= "clear",					\
	.ca_mode	= 0200,						\
	.ca_owner	= THIS_MODULE,					\
	.store		= softdev_node_clear_store,			\
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
 * PREFIX_node_attrs, PREFIX_fault_attrs and PREFIX_stat_attrs.
 */
#define SOFTDEV_NODE_TYPES(_prefix)					\
static struct configfs_item_operations _prefix##_node_item_ops = {	\
	.release	= softdev_node_release,				\
};									\
static const struct config_item_type _prefix##_node_type = {		\
	.ct_owner	= THIS_MODULE,					\
	.ct_item_ops	= &_prefix##_node_item_ops,			\
	.ct_attrs	= _prefix##_node_attrs,				\
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
