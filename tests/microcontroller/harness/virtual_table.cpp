// SPDX-License-Identifier: BSL-1.0
struct Base {
    virtual int value() const;
};
int Base::value() const { return 1; }
