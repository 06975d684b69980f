// SPDX-License-Identifier: GPL-2.0
/*
 * hello: the smallest device that is worth loading.
 *
 * /dev/hello greets who reads it, and remembers for the next reader who was
 * greeted: what is written to it. Documentation/learn.rst explains each line.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/uaccess.h>

static DEFINE_MUTEX(lock);	/* protects name and length */
static char name[32] = "world\n";
static size_t length = 6;

static ssize_t hello_read(struct file *file, char __user *buf, size_t count,
			  loff_t *pos)
{
	char text[sizeof("Hello, ") + sizeof(name)];
	size_t n;

	mutex_lock(&lock);
	n = scnprintf(text, sizeof(text), "Hello, %.*s", (int)length, name);
	mutex_unlock(&lock);
	/* Copies at most count bytes from *pos on; -EFAULT for a bad buffer. */
	return simple_read_from_buffer(buf, count, pos, text, n);
}

static ssize_t hello_write(struct file *file, const char __user *buf,
			   size_t count, loff_t *pos)
{
	char next[sizeof(name)];

	if (count > sizeof(next))
		return -EMSGSIZE;
	/* Outside the lock: the page may have to come from a disk first. */
	if (copy_from_user(next, buf, count))
		return -EFAULT;
	mutex_lock(&lock);
	memcpy(name, next, count);
	length = count;
	mutex_unlock(&lock);
	return count;
}

static const struct file_operations hello_fops = {
	.owner = THIS_MODULE,	/* an open file keeps the module loaded */
	.read = hello_read,
	.write = hello_write,
	.llseek = default_llseek,
};

static struct miscdevice hello_dev = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "hello",
	.fops = &hello_fops,
	.mode = 0666,
};
/* Registers the device when the module is loaded, and takes it away after. */
module_misc_device(hello_dev);

MODULE_DESCRIPTION("A device that says hello");
MODULE_LICENSE("GPL");
