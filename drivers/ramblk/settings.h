/* SPDX-License-Identifier: GPL-2.0 */
/*
 * ramblk: its settings, a row for each:
 *
 *	RAMBLK_SETTING(name, index in enum ramblk_value, description, members of
 *		       its struct softdev_setting)
 *
 * Included by who defines RAMBLK_SETTING(), once for each thing that a setting
 * is: an index, a setting, a module parameter, its description, an attribute and
 * its place in the directory.
 */

RAMBLK_SETTING(size, SIZE,
	       "size in bytes, K M G T P E allowed (1G)",
	       .kind = SOFTDEV_SIZE, .flags = SOFTDEV_LIVE, .min = 512,
	       .max = RAMBLK_SIZE_MAX, .def = 1ULL << 30)
RAMBLK_SETTING(block_size, BLOCK_SIZE,
	       "logical block size, 512 to 4096 (512)",
	       .kind = SOFTDEV_SIZE, .flags = SOFTDEV_POW2, .min = 512,
	       .max = 4096, .def = 512)
RAMBLK_SETTING(physical_block_size, PHYSICAL_BLOCK_SIZE,
	       "physical block size, the unit a power cut loses, 512 to 64K (4096)",
	       .kind = SOFTDEV_SIZE, .flags = SOFTDEV_POW2, .min = 512,
	       .max = RAMBLK_UNIT_MAX, .def = 4096)
RAMBLK_SETTING(queues, QUEUES,
	       "hardware queues (online CPUs)",
	       .kind = SOFTDEV_UINT, .min = 1)
RAMBLK_SETTING(poll_queues, POLL_QUEUES,
	       "further queues for polled I/O (0)",
	       .kind = SOFTDEV_UINT)
RAMBLK_SETTING(queue_depth, QUEUE_DEPTH,
	       "requests per queue (256)",
	       .kind = SOFTDEV_UINT, .min = 1, .max = BLK_MQ_MAX_DEPTH,
	       .def = 256)
RAMBLK_SETTING(node, NODE,
	       "NUMA node of the memory, -1 for any (-1)",
	       .kind = SOFTDEV_INT, .min = NUMA_NO_NODE, .def = NUMA_NO_NODE)
RAMBLK_SETTING(chunk, CHUNK,
	       "memory is taken by the page or huge (page)",
	       .kind = SOFTDEV_CHOICE, .choices = ramblk_chunks)
RAMBLK_SETTING(mem_limit, MEM_LIMIT,
	       "most memory a disk may hold, 0 for no limit (0)",
	       .kind = SOFTDEV_SIZE, .flags = SOFTDEV_LIVE, .max = U64_MAX)
RAMBLK_SETTING(write_cache, WRITE_CACHE,
	       "volatile write cache (0)",
	       .kind = SOFTDEV_BOOL)
RAMBLK_SETTING(discard, DISCARD,
	       "announce discard (1)",
	       .kind = SOFTDEV_BOOL, .def = 1)
RAMBLK_SETTING(readonly, READONLY,
	       "writes fail (0)",
	       .kind = SOFTDEV_BOOL, .flags = SOFTDEV_LIVE)
RAMBLK_SETTING(rotational, ROTATIONAL,
	       "pretend to rotate (0)",
	       .kind = SOFTDEV_BOOL)
RAMBLK_SETTING(completion, COMPLETION,
	       "where requests complete: inline, softirq or timer (inline)",
	       .kind = SOFTDEV_CHOICE, .choices = ramblk_completions)
RAMBLK_SETTING(latency_ns, LATENCY_NS,
	       "a request takes at least this many nanoseconds (0)",
	       .kind = SOFTDEV_UINT, .flags = SOFTDEV_LIVE,
	       .max = 3600 * (u64)NSEC_PER_SEC)
RAMBLK_SETTING(bandwidth, BANDWIDTH,
	       "most bytes per second, 0 for no limit (0)",
	       .kind = SOFTDEV_SIZE, .flags = SOFTDEV_LIVE, .max = U64_MAX)
RAMBLK_SETTING(max_sectors, MAX_SECTORS,
	       "largest request in sectors of 512 bytes (8192)",
	       .kind = SOFTDEV_UINT, .min = PAGE_SIZE / 512,
	       .max = UINT_MAX >> 10, .def = 8192)
RAMBLK_SETTING(lose, LOSE,
	       "what a power cut loses of the write cache: all, none or random (all)",
	       .kind = SOFTDEV_CHOICE, .flags = SOFTDEV_LIVE,
	       .choices = ramblk_loses)
RAMBLK_SETTING(tear, TEAR,
	       "a power cut decides for each sector of 512 bytes (0)",
	       .kind = SOFTDEV_BOOL, .flags = SOFTDEV_LIVE)
RAMBLK_SETTING(bad_mode, BAD_MODE,
	       "bad blocks are sticky, fail once, or are mended by rewrite (sticky)",
	       .kind = SOFTDEV_CHOICE, .flags = SOFTDEV_LIVE,
	       .choices = ramblk_bad_modes)
RAMBLK_SETTING(io_opt, IO_OPT,
	       "best size of I/O in bytes, 0 for none (0)",
	       .kind = SOFTDEV_SIZE, .max = SZ_1G)
RAMBLK_SETTING(alignment_offset, ALIGNMENT_OFFSET,
	       "where the first physical block begins, in bytes (0)",
	       .kind = SOFTDEV_SIZE, .max = RAMBLK_UNIT_MAX - SECTOR_SIZE)
RAMBLK_SETTING(virt_boundary, VIRT_BOUNDARY,
	       "memory of a request has gaps at multiples of this only, 0 for anywhere (0)",
	       .kind = SOFTDEV_SIZE, .flags = SOFTDEV_POW2, .max = SZ_1G)
RAMBLK_SETTING(atomic_write, ATOMIC_WRITE,
	       "bytes that are written whole or not at all, to 64K, 0 for no promise (0)",
	       .kind = SOFTDEV_SIZE, .flags = SOFTDEV_POW2,
	       .max = RAMBLK_UNIT_MAX)

#undef RAMBLK_SETTING
