#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# targets: uml-kasan uml-gcov
# timeout: 150
. "${TESTS:?}/lib/tap.sh"
. "$TESTS/failnth/lib.bash"

C=/sys/kernel/config/ringchar
N=ringchar-x
DEV=/dev/ringchar0

# The numbers of the calls in include/uapi/softdev/ringchar.h.
INFO=0x8040bd00
PEEK=0xc010bd01
CLEAR=0xbd02
RESIZE=0x4008bd03
CLAIM=0xbd04
UNCLAIM=0xbd05
DOORBELL=0xbd06

leaks_begin
sweep_load ringchar devices=2 size=64K
load ringchar size=64K

sweep "mkdir" -- "mkdir $C/$N" -- "-rmdir $C/$N"
sweep "rmdir" -s 0 "mkdir $C/$N" -- "rmdir $C/$N" -- "-rmdir $C/$N"
sweep "power on" "mkdir $C/$N" -- "put $C/$N/power 1" -- \
	"-put $C/$N/power 0" "rmdir $C/$N"
sweep "power off" -s 0 "mkdir $C/$N" "put $C/$N/power 1" -- \
	"put $C/$N/power 0" -- "-put $C/$N/power 0" "rmdir $C/$N"
sweep "rmdir of what is powered" -s 0 "mkdir $C/$N" "put $C/$N/power 1" -- \
	"rmdir $C/$N" -- "-rmdir $C/$N"
sweep "power off with a file open" -s 0 "mkdir $C/$N" "put $C/$N/power 1" \
	"open 1 /dev/$N rw" "write 1 100" -- "put $C/$N/power 0" -- \
	"-put $C/$N/power 0" "close 1" "rmdir $C/$N"
sweep "clear" -s 0 "mkdir $C/$N" "put $C/$N/power 1" "open 1 /dev/$N rw" \
	"write 1 9" "close 1" "put $C/$N/power 0" -- "put $C/$N/clear 1" -- \
	"rmdir $C/$N"
for set in size=8K size=1M mode=record full=overwrite read_mark=10 \
	write_mark=100 eof=1 faults/short=100 faults/seed=1; do
	sweep "$set, unpowered" -s 0 "mkdir $C/$N" -- \
		"put $C/$N/${set%=*} ${set#*=}" -- "rmdir $C/$N"
done
for set in size=8K size=1M mode=record full=overwrite read_mark=10; do
	sweep "$set, live" -s 0 "mkdir $C/$N" "put $C/$N/power 1" -- \
		"put $C/$N/${set%=*} ${set#*=}" -- "rmdir $C/$N"
done
sweep "a statistic" "put $C/ringchar0/read_mark 1" -- \
	"get $C/ringchar0/stats/stored" --

empty="ioctl 1 $CLEAR"
sweep "open" -- "open 1 $DEV rw nonblock" --
sweep "read" "open 1 $DEV rw nonblock" "$empty" "write 1 5000" "mark 1" -- \
	"read 1 4000" -- "kept 1 -1"
sweep "write" "open 1 $DEV rw nonblock" "$empty" "mark 1" -- \
	"write 1 5000" -- "kept 1 1"
sweep "a small write" "open 1 $DEV rw nonblock" "$empty" "mark 1" -- \
	"write 1 10" -- "kept 1 1"
sweep "writev" "open 1 $DEV rw nonblock" "$empty" "mark 1" -- \
	"writev 1 100 9" -- "kept 1 1"
sweep "readv" "open 1 $DEV rw nonblock" "$empty" "write 1 5000" "mark 1" -- \
	"readv 1 100 9" -- "kept 1 -1"
sweep "poll" "open 1 $DEV rw nonblock" -- "poll 1 5" --
sweep "epoll" "open 1 $DEV rw nonblock" "epoll_create 2" -- "epoll 2 1 5" --
sweep "O_ASYNC" "open 1 $DEV rw nonblock" -- "async 1" --
sweep "INFO" "open 1 $DEV rw nonblock" -- "ioctl 1 $INFO" --
sweep "PEEK" "open 1 $DEV rw nonblock" "$empty" "write 1 900" -- \
	"ioctl 1 $PEEK ptr 500" --
sweep "FIONREAD" -s 0 "open 1 $DEV rw nonblock" -- "mark 1" --
sweep "CLEAR" -s 0 "open 1 $DEV rw nonblock" "write 1 9" -- "$empty" --
sweep "RESIZE" "open 1 $DEV rw nonblock" "$empty" "write 1 3000" "mark 1" -- \
	"ioctl 1 $RESIZE 1M" -- "kept 1 0" "ioctl 1 $RESIZE 64K"
sweep "RESIZE to less" "open 1 $DEV rw nonblock" "$empty" "write 1 3000" \
	"mark 1" -- "ioctl 1 $RESIZE 4K" -- "kept 1 0" "ioctl 1 $RESIZE 64K"
sweep "CLAIM" -s 0 "open 1 $DEV rw nonblock" "$empty" -- "ioctl 1 $CLAIM =1" \
	-- "-ioctl 1 $UNCLAIM =1"
sweep "mmap" "open 1 $DEV rw nonblock" "$empty" "ioctl 1 $CLAIM =1" -- \
	"mmap 0 1 4096 shared" "touch 0" -- "-munmap 0" "ioctl 1 $UNCLAIM =1"
sweep "read while mapped" "open 1 $DEV rw nonblock" "$empty" "write 1 3000" \
	"ioctl 1 $CLAIM =1" "mmap 0 1 4096 shared" "touch 0" -- \
	"read 1 2000" "ioctl 1 $DOORBELL" -- "munmap 0" "ioctl 1 $UNCLAIM =1"
sweep "splice to a pipe" "open 1 $DEV rw nonblock" "$empty" "write 1 9000" \
	"pipe 2 3" -- "splice 1 3 8000" --
sweep "splice from a pipe" "open 1 $DEV rw nonblock" "$empty" "pipe 2 3" \
	"write 3 9000" -- "splice 2 1 8000" --
sweep "sendfile" "open 1 $DEV rw nonblock" "$empty" \
	"open 2 $TESTS/lib/tap.sh" -- "sendfile 1 2 8000" --

echo 0 >$C/ringchar0/power
echo record >$C/ringchar0/mode
echo 1 >$C/ringchar0/clear
echo 1 >$C/ringchar0/power
sweep "a record in" "open 1 $DEV rw nonblock" "$empty" "mark 1" -- \
	"write 1 3000" -- "kept 1 1"
sweep "a record out" "open 1 $DEV rw nonblock" "$empty" "write 1 3000" -- \
	"read 1 4000" --
echo overwrite >$C/ringchar0/full
sweep "a record over another" "open 1 $DEV rw nonblock" "$empty" \
	"write 1 30000" "write 1 30000" -- "write 1 30000" --
echo stream >$C/ringchar0/mode
sweep "overwriting" "open 1 $DEV rw nonblock" "$empty" "write 1 60000" -- \
	"write 1 60000" --

ok "it unloads" unload ringchar
leaks_end "nothing is lost"
finish
