// SPDX-License-Identifier: BSL-1.0
int* allocate() { return new int(1); }
