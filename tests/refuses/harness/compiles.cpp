// SPDX-License-Identifier: BSL-1.0
// expects: anything
int main() {}
