// SPDX-License-Identifier: GPL-2.0
/*
 * ramblk: the directory history/ of a disk.
 */
#include <linux/ctype.h>
#include <linux/module.h>
#include <linux/string.h>
#include <softdev/config.h>
#include "history_attrs.h"
#include "ramblk.h"

static const char *const ramblk_history_states[] = {
	"off", "recording", "full", "replaying", NULL
};

static const char *const ramblk_rewind_words[] = {
	"latest", "durable", "random", "only", "but", NULL
};

static struct ramblk *history_ramblk(struct config_item *ci)
{
	return container_of(to_config_group(ci), struct ramblk, history_group);
}

static ssize_t ramblk_history_record_show(struct config_item *ci, char *page)
{
	struct ramblk *d = history_ramblk(ci);

	return sysfs_emit(page, "%d\n", ramblk_history_recording(&d->history));
}

static ssize_t ramblk_history_record_store(struct config_item *ci,
					   const char *page, size_t count)
{
	static const struct softdev_setting bool_setting = {
		.kind = SOFTDEV_BOOL, .max = 1,
	};
	struct ramblk *d = history_ramblk(ci);
	u64 on;
	int err;

	err = softdev_parse(&bool_setting, page, &on);
	if (err)
		return err;
	err = mutex_lock_killable(&d->item.lock);
	if (err)
		return err;
	err = ramblk_disk_record(d, on);
	mutex_unlock(&d->item.lock);
	return err ? err : count;
}

/* What was written, without white space around it. */
static const char *ramblk_history_text(const char *page, size_t *len)
{
	const char *p = skip_spaces(page);

	*len = strlen(p);
	while (*len && isspace(p[*len - 1]))
		--*len;
	return p;
}

static ssize_t ramblk_history_mark_store(struct config_item *ci,
					 const char *page, size_t count)
{
	struct ramblk *d = history_ramblk(ci);
	const char *text;
	size_t len, i;
	int err;

	text = ramblk_history_text(page, &len);
	if (!len || len > RAMBLK_MARK_MAX)
		return -EINVAL;
	for (i = 0; i < len; i++) {
		if (iscntrl(text[i]))
			return -EINVAL;
	}
	err = mutex_lock_killable(&d->item.lock);
	if (err)
		return err;
	err = ramblk_history_mark(&d->history, text, len);
	mutex_unlock(&d->item.lock);
	return err ? err : count;
}

static ssize_t ramblk_history_ops_show(struct config_item *ci, char *page)
{
	return sysfs_emit(page, "%u\n",
			  READ_ONCE(history_ramblk(ci)->history.ops));
}

static ssize_t ramblk_history_bytes_show(struct config_item *ci, char *page)
{
	return sysfs_emit(page, "%llu\n", (u64)
			  atomic64_read(&history_ramblk(ci)->history.bytes));
}

static ssize_t ramblk_history_marks_show(struct config_item *ci, char *page)
{
	return sysfs_emit(page, "%u\n",
			  READ_ONCE(history_ramblk(ci)->history.nr_marks));
}

static ssize_t ramblk_history_state_show(struct config_item *ci, char *page)
{
	unsigned int state = READ_ONCE(history_ramblk(ci)->history.state);

	return sysfs_emit(page, "%s\n", ramblk_history_states[state]);
}

static const struct softdev_setting ramblk_history_limit_setting = {
	.kind = SOFTDEV_SIZE, .max = U64_MAX,
};

static ssize_t ramblk_history_limit_show(struct config_item *ci, char *page)
{
	return sysfs_emit(page, "%llu\n",
			  (u64)atomic64_read(&history_ramblk(ci)->history.limit));
}

static ssize_t ramblk_history_limit_store(struct config_item *ci,
					  const char *page, size_t count)
{
	u64 limit;
	int err;

	err = softdev_parse(&ramblk_history_limit_setting, page, &limit);
	if (!err)
		atomic64_set(&history_ramblk(ci)->history.limit, limit);
	return err ? err : count;
}

/* Asked for its size first, without a buffer. */
static ssize_t ramblk_history_log_read(struct config_item *ci, void *buf,
				       size_t size)
{
	struct ramblk *d = history_ramblk(ci);
	ssize_t ret;

	ret = mutex_lock_killable(&d->item.lock);
	if (ret)
		return ret;
	if (buf)
		ramblk_history_log(&d->history, buf, size);
	else
		size = ramblk_history_log_size(&d->history);
	mutex_unlock(&d->item.lock);
	return size;
}

/**
 * struct ramblk_rewind_order - what was written to rewind
 * @n: number of the operation
 * @what: which of the states
 * @arg: seed, or number of an operation
 */
struct ramblk_rewind_order {
	u64 n;
	u64 what;
	u64 arg;
};

/* An operation's number, or the text of a mark. */
static int ramblk_rewind_place(struct ramblk_history *h, const char *text,
			       size_t len, u64 *n)
{
	const struct ramblk_mark *mark;
	char number[24];

	if (!len)
		return -EINVAL;
	/* No longer than what is the text of a number. */
	strscpy(number, text, min(len + 1, sizeof(number)));
	if (len < sizeof(number) && !kstrtou64(number, 10, n))
		return 0;
	mark = ramblk_history_find(h, text, len);
	if (!mark)
		return -ENOENT;
	*n = mark->rec.after;
	return 0;
}

/* Cut the last word off. */
static const char *ramblk_last_word(const char *text, size_t *len)
{
	size_t end = *len;

	while (end && !isspace(text[end - 1]))
		end--;
	*len = end;
	while (*len && isspace(text[*len - 1]))
		--*len;
	return text + end;
}

/* The index of a word, or -1; it ends at white space or the text's end. */
static int ramblk_rewind_word(const char *word)
{
	size_t len = strcspn(word, " \t\n");
	int i;

	for (i = 0; ramblk_rewind_words[i]; i++) {
		if (strlen(ramblk_rewind_words[i]) == len &&
		    !memcmp(ramblk_rewind_words[i], word, len))
			return i;
	}
	return -1;
}

/*
 * "PLACE", "PLACE latest|durable" or "PLACE random|only|but NUMBER". A mark may
 * have blanks in it: what is a mark as a whole is that one.
 */
static int ramblk_rewind_parse(struct ramblk_history *h, const char *text,
			       size_t len, struct ramblk_rewind_order *o)
{
	size_t end = len;
	const char *word;
	char number[24];
	int what;

	o->what = RAMBLK_REWIND_LATEST;
	o->arg = 0;
	if (!len)
		return -EINVAL;
	if (!ramblk_rewind_place(h, text, len, &o->n))
		return 0;
	word = ramblk_last_word(text, &end);
	what = ramblk_rewind_word(word);
	if (what == RAMBLK_REWIND_LATEST || what == RAMBLK_REWIND_DURABLE) {
		o->what = what;
		return ramblk_rewind_place(h, text, end, &o->n);
	}
	if (what < 0 && end) {
		strscpy(number, word, min(sizeof(number),
					  (size_t)(text + len - word) + 1));
		word = ramblk_last_word(text, &end);
		what = ramblk_rewind_word(word);
		if (what >= RAMBLK_REWIND_RANDOM) {
			if (kstrtou64(number, 0, &o->arg))
				return -EINVAL;
			o->what = what;
			return ramblk_rewind_place(h, text, end, &o->n);
		}
	}
	/* Neither a state that we know nor a mark. */
	return what >= 0 || isdigit(text[0]) ? -EINVAL : -ENOENT;
}

static int ramblk_rewind(struct ramblk *d, const char *text, size_t len)
{
	struct ramblk_history *h = &d->history;
	struct ramblk_rewind_order o;
	int err;

	if (d->item.powered)
		return -EBUSY;
	err = ramblk_rewind_parse(h, text, len, &o);
	if (!err && o.n > U32_MAX)
		err = -ENOENT;
	if (!err)
		err = ramblk_history_rewind(h, &d->store, o.n, o.what, o.arg,
					    softdev_value(&d->item, RAMBLK_TEAR));
	if (!err)
		softdev_value_set(&d->item, RAMBLK_SIZE, d->store.size);
	return err;
}

static ssize_t ramblk_history_rewind_store(struct config_item *ci,
					   const char *page, size_t count)
{
	struct ramblk *d = history_ramblk(ci);
	const char *text;
	size_t len;
	int err;

	text = ramblk_history_text(page, &len);
	err = mutex_lock_killable(&d->item.lock);
	if (err)
		return err;
	err = ramblk_rewind(d, text, len);
	mutex_unlock(&d->item.lock);
	return err ? err : count;
}

static ssize_t ramblk_history_distinct_show(struct config_item *ci, char *page)
{
	struct ramblk *d = history_ramblk(ci);
	u64 value;
	int err;

	err = mutex_lock_killable(&d->item.lock);
	if (err)
		return err;
	err = d->item.powered ? -EBUSY :
	      ramblk_history_distinct(&d->history, &d->store, &value);
	mutex_unlock(&d->item.lock);
	return err ? err : sysfs_emit(page, "%016llx\n", value);
}

CONFIGFS_ATTR(ramblk_history_, record);
CONFIGFS_ATTR_WO(ramblk_history_, mark);
CONFIGFS_ATTR_RO(ramblk_history_, ops);
CONFIGFS_ATTR_RO(ramblk_history_, bytes);
CONFIGFS_ATTR_RO(ramblk_history_, marks);
CONFIGFS_ATTR_RO(ramblk_history_, state);
CONFIGFS_ATTR(ramblk_history_, limit);
CONFIGFS_ATTR_WO(ramblk_history_, rewind);
CONFIGFS_ATTR_RO(ramblk_history_, distinct);
CONFIGFS_BIN_ATTR_RO(ramblk_history_, log, NULL, 0);

static struct configfs_attribute *ramblk_history_group_attrs[] = {
	&ramblk_history_attr_record,
	&ramblk_history_attr_mark,
	&ramblk_history_attr_ops,
	&ramblk_history_attr_bytes,
	&ramblk_history_attr_marks,
	&ramblk_history_attr_state,
	&ramblk_history_attr_limit,
	&ramblk_history_attr_rewind,
	&ramblk_history_attr_distinct,
	NULL
};

static struct configfs_bin_attribute *ramblk_history_bin_attrs[] = {
	&ramblk_history_attr_log,
	NULL
};

static const struct config_item_type ramblk_history_type = {
	.ct_owner	= THIS_MODULE,
	.ct_attrs	= ramblk_history_group_attrs,
	.ct_bin_attrs	= ramblk_history_bin_attrs,
};

/**
 * ramblk_history_group() - add history/ to a disk's directory
 * @item: the disk
 */
void ramblk_history_group(struct softdev_item *item)
{
	struct ramblk *d = to_ramblk(item);

	config_group_init_type_name(&d->history_group, "history",
				    &ramblk_history_type);
	configfs_add_default_group(&d->history_group, &item->group);
}
