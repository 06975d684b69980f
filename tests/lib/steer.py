#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""steer.py EVENT FIELD... -- COMMAND...

Runs COMMAND while a BPF program sits on the writable tracepoint EVENT and
changes what the driver is about to do. A FIELD is OFFSET:SIZE=VALUE (write
VALUE) or OFFSET:SIZE?VALUE (go on only if VALUE is there), in order; sizes are
4 and 8. The program is assembled here, so that a test needs neither a compiler
nor a library. Exit status: COMMAND's; 77 if the kernel has no such programs.
"""

import ctypes
import errno
import os
import re
import struct
import subprocess
import sys

SYS_BPF = {"x86_64": 321, "aarch64": 280, "s390x": 351}
PROG_LOAD, RAW_TRACEPOINT_OPEN = 5, 17
RAW_TRACEPOINT_WRITABLE = 24
WIDTH = {4: 0x00, 8: 0x18}


def insn(code, dst=0, src=0, off=0, imm=0):
    regs = dst | src << 4 if sys.byteorder == "little" else dst << 4 | src
    return struct.pack("=BBhI", code, regs, off, imm & 0xffffffff)


def assemble(fields):
    code = [insn(0x79, 6, 1)]                        # r6 = the first argument
    left = sum(4 if what == "?" else 3 for _, _, what, _ in fields)
    for offset, size, what, value in fields:
        # r2 = value: two places for one instruction
        code += [insn(0x18, 2, imm=value), insn(0, imm=value >> 32)]
        if what == "=":
            code.append(insn(0x63 | WIDTH[size], 6, 2, offset))
            left -= 3
        else:
            left -= 4
            code.append(insn(0x61 | WIDTH[size], 3, 6, offset))
            code.append(insn(0x5d, 3, 2, left))      # to the end if r3 != r2
    code += [insn(0xb7), insn(0x95)]                 # return 0
    return b"".join(code)


def bpf(command, attr):
    libc = ctypes.CDLL(None, use_errno=True)
    buf = ctypes.create_string_buffer(attr.ljust(128, b"\0"), 128)
    number = SYS_BPF[os.uname().machine]
    fd = libc.syscall(number, command, buf, 128)
    if fd < 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))
    return fd


def address(buffer):
    return ctypes.cast(buffer, ctypes.c_void_p).value


def attach(event, fields):
    program = assemble(fields)
    log = ctypes.create_string_buffer(65536)
    code = ctypes.create_string_buffer(program, len(program))
    gpl = ctypes.create_string_buffer(b"GPL")
    try:
        prog = bpf(PROG_LOAD, struct.pack(
            "=IIQQIIQ", RAW_TRACEPOINT_WRITABLE, len(program) // 8,
            address(code), address(gpl), 1, len(log), address(log)))
    except OSError as error:
        print(log.value.decode(errors="replace"), file=sys.stderr)
        if error.errno == errno.EINVAL and not log.value:
            print("no such programs in this kernel", file=sys.stderr)
            sys.exit(77)
        raise
    name = ctypes.create_string_buffer(event.encode())
    return bpf(RAW_TRACEPOINT_OPEN, struct.pack("=QI", address(name), prog))


def main():
    split = sys.argv.index("--")
    fields = []
    for word in sys.argv[2:split]:
        match = re.fullmatch(r"(\d+):([48])([=?])(-?\w+)", word)
        if not match:
            sys.exit(f"steer.py: {word}: OFFSET:SIZE=VALUE or OFFSET:SIZE?VALUE")
        offset, size, what, value = match.groups()
        value = int(value, 0)
        # What is loaded from memory is not sign-extended.
        fields.append((int(offset), int(size), what,
                       value & (1 << 8 * int(size)) - 1))
    link = attach(sys.argv[1], fields)
    status = subprocess.run(sys.argv[split + 1:], check=False).returncode
    os.close(link)
    return status


if __name__ == "__main__":
    sys.exit(main())
