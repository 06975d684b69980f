/* SPDX-License-Identifier: GPL-2.0 */
/*
 * ramblk: who a disk says it is.
 */
#ifndef _RAMBLK_IDENTITY_H
#define _RAMBLK_IDENTITY_H

#include <linux/configfs.h>
#include <linux/moduleparam.h>

struct attribute_group;
struct ramblk;

/* Texts: module parameters and attributes. */
enum ramblk_text {
	RAMBLK_SERIAL,
	RAMBLK_WWID,
	RAMBLK_MODEL,
	RAMBLK_NR_TEXTS,
	/* A parameter only: its attribute is no plain text. */
	RAMBLK_BAD_BLOCKS = RAMBLK_NR_TEXTS,
	RAMBLK_NR_TEXT_PARAMS,
};

/* Longest text of all of them. */
#define RAMBLK_TEXT_MAX		128

/* What was given at load, NULL if nothing was. */
extern const char *ramblk_text_params[RAMBLK_NR_TEXT_PARAMS];
extern const struct kernel_param_ops ramblk_text_param_ops;

extern const struct attribute_group *ramblk_identity_groups[];

int ramblk_texts_check(void);
void ramblk_texts_init(struct ramblk *d);
ssize_t ramblk_text_show(struct config_item *item, char *page,
			 unsigned int id);
ssize_t ramblk_text_store(struct config_item *item, const char *page,
			  size_t count, unsigned int id);

/* A row: the attribute ramblk_attr_NAME. */
#define RAMBLK_TEXT_ATTR(_name, _id)					\
enum { ramblk_text_##_name = _id };					\
static ssize_t ramblk_##_name##_show(struct config_item *item, char *page) \
{									\
	return ramblk_text_show(item, page, ramblk_text_##_name);	\
}									\
static ssize_t ramblk_##_name##_store(struct config_item *item,		\
				      const char *page, size_t count)	\
{									\
	return ramblk_text_store(item, page, count, ramblk_text_##_name); \
}									\
CONFIGFS_ATTR(ramblk_, _name)

/* Its parameter; MODULE_PARM_DESC() goes with it. */
#define RAMBLK_TEXT_PARAM(_name, _id)					\
	module_param_cb(_name, &ramblk_text_param_ops,			\
			&ramblk_text_params[_id], 0444)

#endif /* _RAMBLK_IDENTITY_H */
