// SPDX-License-Identifier: BSL-1.0
// Writes headers into the current folder, and on its output the results that the reader must predict.

#include <kiln/core/random.hpp>
#include <kiln/io/export_header.hpp>

#include "networks.hpp"

#include <cstdio>

int main() {
    static const Card card = filled<Card>(42);
    static const Nested nested = filled<Nested>(7);
    kiln::io::export_header(card, "card.hpp", {.name = "card", .type = "Card", .include = "networks.hpp"}).or_throw();
    kiln::io::export_header(nested, "nested-net.hpp").or_throw();  // type, name and include by default
    kiln::io::export_header(extreme(), "extreme.hpp", {.name = "app::nets::model", .type = "Single", .include = ""})
        .or_throw();
    static const Branched branched = filled<Branched>(9);
    kiln::io::export_header(branched, "branched.hpp").or_throw();
    kiln::io::export_header(branched, "named.hpp", {.type = "Branched", .include = "networks.hpp"}).or_throw();
    static const Recurrent recurrent = filled<Recurrent>(11);
    kiln::io::export_header(recurrent, "recurrent.hpp", {.type = "Recurrent", .include = "networks.hpp"}).or_throw();
    static const Writing writing = filled<Writing>(13);
    kiln::io::export_header(writing, "writing.hpp").or_throw();
    std::printf("-DWRITING_CLASS=%d;", kiln::argmax(writing.predict(sample<Writing>())));
    std::printf("-DRECURRENT_CLASS=%d;", kiln::argmax(recurrent.predict(sample<Recurrent>())));
    std::printf("-DCARD_CLASS=%d;-DNESTED_CLASS=%d;-DBRANCHED_CLASS=%d", kiln::argmax(card.predict(sample<Card>())),
                kiln::argmax(nested.predict(sample<Nested>())),
                kiln::argmax(branched.predict(sample<Branched>()).get<0>()));
}
