# SPDX-License-Identifier: GPL-2.0-only
"""make bench: softdev beside its in-tree peers.

The host (host.py) builds, boots a guest for each group of cases and reports;
the guest (guest.py) sets the devices up and measures them in turn. The cases
are declared in one file for each driver and are read by both.
"""
