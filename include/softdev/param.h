/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Settings: what a user may write to a knob, as tables.
 *
 * A row of struct softdev_setting says what one knob takes. The same row
 * serves the module parameter, checked in init so that a bad load ends with
 * one line of ours, and the configfs or sysfs attribute. Values are u64
 * inside, whatever the kind, so that a device's settings are one array indexed
 * by the row's number.
 */
#ifndef _SOFTDEV_PARAM_H
#define _SOFTDEV_PARAM_H

#include <linux/bitops.h>
#include <linux/ctype.h>
#include <linux/kernel.h>
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/overflow.h>
#include <linux/string.h>

/**
 * enum softdev_kind - what a setting's text looks like
 * @SOFTDEV_UINT: a number, decimal or 0x hexadecimal
 * @SOFTDEV_INT: the same, perhaps negative; @min and @max are s64 in u64
 * @SOFTDEV_SIZE: a number of bytes, K M G T P E allowed, read back in bytes
 * @SOFTDEV_BOOL: 0 or 1 (n and y too), read back as 0 or 1
 * @SOFTDEV_CHOICE: one of the words in @choices; the value is its index
 */
enum softdev_kind {
	SOFTDEV_UINT,
	SOFTDEV_INT,
	SOFTDEV_SIZE,
	SOFTDEV_BOOL,
	SOFTDEV_CHOICE,
};

/* Flags of a setting. */
#define SOFTDEV_LIVE	0x01	/* may change while the device is powered */
#define SOFTDEV_POW2	0x02	/* a power of two, or 0 where that is in bounds */

/**
 * struct softdev_setting - one row: what one knob takes
 * @name: as users write it
 * @kind: how its text is read
 * @flags: SOFTDEV_LIVE, SOFTDEV_POW2
 * @min: least value allowed
 * @max: greatest value allowed
 * @def: value where nobody said otherwise
 * @choices: for SOFTDEV_CHOICE, the words, NULL-terminated
 */
struct softdev_setting {
	const char *name;
	enum softdev_kind kind;
	unsigned int flags;
	u64 min;
	u64 max;
	u64 def;
	const char *const *choices;
};

/* Longest text softdev_describe() and softdev_format() make, with the NUL. */
#define SOFTDEV_TEXT_MAX	160

/* How far a suffix shifts a size, or -1 for a character that is none. */
static inline int softdev_suffix_shift(char c)
{
	switch (tolower(c)) {
	case 'k':
		return 10;
	case 'm':
		return 20;
	case 'g':
		return 30;
	case 't':
		return 40;
	case 'p':
		return 50;
	case 'e':
		return 60;
	default:
		return -1;
	}
}

static inline unsigned int softdev_digit(char c)
{
	return isdigit(c) ? c - '0' : tolower(c) - 'a' + 10;
}

/*
 * Read an unsigned number with an optional size suffix from [p, end). memparse()
 * wraps silently and takes trailing rubbish; users of a disk want to be told.
 */
static inline int softdev_parse_number(const char *p, const char *end,
				       bool suffix, u64 *value)
{
	unsigned int base = 10;
	bool over = false;
	int shift = 0;
	u64 v = 0;

	if (suffix && end - p > 1 && softdev_suffix_shift(end[-1]) >= 0 &&
	    !(p[0] == '0' && tolower(p[1]) == 'x' && isxdigit(end[-1]))) {
		shift = softdev_suffix_shift(end[-1]);
		end--;
	}
	if (end - p > 2 && p[0] == '0' && tolower(p[1]) == 'x') {
		base = 16;
		p += 2;
	}
	if (p == end)
		return -EINVAL;
	for (; p < end; p++) {
		if (!isascii(*p) || !(base == 16 ? isxdigit(*p) : isdigit(*p)))
			return -EINVAL;
		over |= check_mul_overflow(v, (u64)base, &v);
		over |= check_add_overflow(v, (u64)softdev_digit(*p), &v);
	}
	if (over || (shift && v >> (64 - shift)))
		return -ERANGE;
	*value = v << shift;
	return 0;
}

/* A signed number is its magnitude with a sign; bounds are compared as s64. */
static inline int softdev_parse_int(const struct softdev_setting *s,
				    const char *p, const char *end, u64 *value)
{
	bool negative = p < end && *p == '-';
	u64 v;
	int err;

	err = softdev_parse_number(p + negative, end, false, &v);
	if (err)
		return err;
	if (v > (u64)S64_MAX)
		return -ERANGE;
	if (negative)
		v = -v;
	if ((s64)v < (s64)s->min || (s64)v > (s64)s->max)
		return -ERANGE;
	*value = v;
	return 0;
}

static inline int softdev_parse_bool(const char *p, const char *end, u64 *value)
{
	if (end - p != 1)
		return -EINVAL;
	switch (*p) {
	case '0':
	case 'n':
	case 'N':
		*value = 0;
		return 0;
	case '1':
	case 'y':
	case 'Y':
		*value = 1;
		return 0;
	default:
		return -EINVAL;
	}
}

static inline int softdev_parse_choice(const char *const *choices,
				       const char *p, const char *end, u64 *value)
{
	size_t len = end - p;
	unsigned int i;

	for (i = 0; choices[i]; i++) {
		if (strlen(choices[i]) == len && !memcmp(choices[i], p, len)) {
			*value = i;
			return 0;
		}
	}
	return -EINVAL;
}

/**
 * softdev_parse() - read what a user wrote to a setting
 * @s: the setting's row
 * @text: NUL-terminated; white space around it is passed over
 * @value: where the value goes; untouched on error
 *
 * Context: any; does not sleep, takes no locks.
 * Return: 0; -EINVAL for text that is not of the kind (or no power of two where
 * one is asked for); -ERANGE for a number out of bounds.
 */
static inline int softdev_parse(const struct softdev_setting *s,
				const char *text, u64 *value)
{
	const char *p = skip_spaces(text);
	const char *end = p + strlen(p);
	u64 v;
	int err;

	while (end > p && isspace(end[-1]))
		end--;

	switch (s->kind) {
	case SOFTDEV_INT:
		return softdev_parse_int(s, p, end, value);
	case SOFTDEV_BOOL:
		return softdev_parse_bool(p, end, value);
	case SOFTDEV_CHOICE:
		return softdev_parse_choice(s->choices, p, end, value);
	case SOFTDEV_UINT:
	case SOFTDEV_SIZE:
		break;
	}
	err = softdev_parse_number(p, end, s->kind == SOFTDEV_SIZE, &v);
	if (err)
		return err;
	if (v < s->min || v > s->max)
		return -ERANGE;
	if ((s->flags & SOFTDEV_POW2) && hweight64(v) > 1)
		return -EINVAL;
	*value = v;
	return 0;
}

/**
 * softdev_format() - a value as users read it, without a newline
 * @s: the setting's row
 * @value: the value
 * @buf: where the text goes
 * @size: its size
 *
 * Context: any.
 * Return: the text's length, as scnprintf() counts.
 */
static inline int softdev_format(const struct softdev_setting *s, u64 value,
				 char *buf, size_t size)
{
	switch (s->kind) {
	case SOFTDEV_INT:
		return scnprintf(buf, size, "%lld", (s64)value);
	case SOFTDEV_CHOICE:
		return scnprintf(buf, size, "%s", s->choices[value]);
	default:
		return scnprintf(buf, size, "%llu", value);
	}
}

/**
 * softdev_describe() - say what a setting takes, for an error message
 * @s: the setting's row
 * @buf: where the text goes
 * @size: its size, SOFTDEV_TEXT_MAX is enough for every row we have
 *
 * Context: any.
 */
static inline void softdev_describe(const struct softdev_setting *s,
				    char *buf, size_t size)
{
	size_t n = 0;
	unsigned int i;

	switch (s->kind) {
	case SOFTDEV_BOOL:
		n = scnprintf(buf, size, "0 or 1");
		break;
	case SOFTDEV_CHOICE:
		for (i = 0; s->choices[i]; i++)
			n += scnprintf(buf + n, size - n, "%s%s",
				       i ? " or " : "", s->choices[i]);
		break;
	case SOFTDEV_INT:
		n = scnprintf(buf, size, "%lld to %lld", (s64)s->min,
			      (s64)s->max);
		break;
	case SOFTDEV_SIZE:
		n = scnprintf(buf, size, "%llu to %llu bytes (K, M, G, T, P, E allowed)",
			      s->min, s->max);
		break;
	case SOFTDEV_UINT:
		n = scnprintf(buf, size, "%llu to %llu", s->min, s->max);
		break;
	}
	if (s->flags & SOFTDEV_POW2)
		scnprintf(buf + n, size - n, ", %sa power of two",
			  s->min ? "" : "0 or ");
}

/**
 * struct softdev_param - a module parameter that is a setting
 * @setting: its row
 * @text: as given at load, NULL if it was not
 * @value: what it means; the row's default until softdev_params_check()
 *
 * The text is kept, not copied: a module's argument string lives as long as the
 * module, the kernel's command line for ever, and the parameters are read-only
 * in sysfs.
 */
struct softdev_param {
	const struct softdev_setting *setting;
	const char *text;
	u64 value;
};

/* A setter that refuses makes the kernel print a second line; init refuses. */
static inline int softdev_param_set(const char *val,
				    const struct kernel_param *kp)
{
	struct softdev_param *p = kp->arg;

	p->text = val ? val : "";
	return 0;
}

static inline int softdev_param_get(char *buf, const struct kernel_param *kp)
{
	const struct softdev_param *p = kp->arg;
	int n = softdev_format(p->setting, p->value, buf, PAGE_SIZE - 1);

	return n + scnprintf(buf + n, 2, "\n");
}

static const struct kernel_param_ops softdev_param_ops __maybe_unused = {
	.flags	= KERNEL_PARAM_OPS_FL_NOARG,
	.set	= softdev_param_set,
	.get	= softdev_param_get,
};

/**
 * SOFTDEV_PARAM() - declare a module parameter; MODULE_PARM_DESC() goes with it
 * @_name: the parameter's name, a bare word
 * @_param: address of its struct softdev_param, in static storage
 */
#define SOFTDEV_PARAM(_name, _param) \
	module_param_cb(_name, &softdev_param_ops, _param, 0444)

/**
 * softdev_param_check() - turn what was given at load into a value
 * @p: the parameter
 *
 * A parameter that was not given keeps its row's default. A bad one gets one
 * line in the log that names it, its value and what is allowed.
 *
 * Context: module init, process context.
 * Return: 0 or -EINVAL.
 */
static inline int softdev_param_check(struct softdev_param *p)
{
	char allowed[SOFTDEV_TEXT_MAX];

	p->value = p->setting->def;
	if (!p->text || !softdev_parse(p->setting, p->text, &p->value))
		return 0;
	softdev_describe(p->setting, allowed, sizeof(allowed));
	pr_err("%s=%s: must be %s\n", p->setting->name, p->text, allowed);
	return -EINVAL;
}

/**
 * softdev_params_check() - softdev_param_check() for a table of them
 * @params: the table
 * @nr: how many
 *
 * Return: 0, or -EINVAL at the first bad one.
 */
static inline int softdev_params_check(struct softdev_param *params,
				       unsigned int nr)
{
	unsigned int i;

	for (i = 0; i < nr; i++) {
		int err = softdev_param_check(&params[i]);

		if (err)
			return err;
	}
	return 0;
}

#endif /* _SOFTDEV_PARAM_H */
