// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE core.shape
#include <kiln/core/shape.hpp>

#include <boost/test/unit_test.hpp>

#include <limits>
#include <type_traits>

namespace {

using kiln::Extents, kiln::Shape, kiln::shape_of, kiln::slide, kiln::ValidShape;

constexpr int most = std::numeric_limits<int>::max(), least = std::numeric_limits<int>::min();

// ---- Extents

static_assert(Extents{}.rank == 0 && Extents{}.count() == 1 && !Extents{}.valid());
static_assert(Extents{8, 13, 12}.rank == 3 && Extents{8, 13, 12}[0] == 8 && Extents{8, 13, 12}[2] == 12);
static_assert(Extents{8, 13, 12}.count() == 1248 && Extents{8, 13, 12}.valid());
static_assert(Extents{1, 2, 3, 4, 5}.count() == 120 && Extents{1, 2, 3, 4, 5}.valid());

static_assert(Extents{2, 3} == Extents{2, 3} && Extents{2, 3} != Extents{3, 2} && Extents{2, 3} != Extents{2, 3, 1});
static_assert(Extents{1} != Extents{});

// A size below 1 counts as 1 and makes the extents invalid.
static_assert(Extents{0}.count() == 1 && !Extents{0}.valid());
static_assert(Extents{4, -3, 5}.count() == 20 && !Extents{4, -3, 5}.valid());
static_assert(Extents{least, 7}.count() == 7 && !Extents{least, 7}.valid());

// Counts saturate; the largest tensor has one element less than the limit.
static_assert(Extents::limit == most);
static_assert(Extents{most}.count() == most && !Extents{most}.valid());
static_assert(Extents{most - 1}.count() == most - 1 && Extents{most - 1}.valid());
static_assert(Extents{46341, 46341}.count() == most && !Extents{46341, 46341}.valid());
static_assert(Extents{46340, 46340}.count() == 46340LL * 46340 && Extents{46340, 46340}.valid());
static_assert(Extents{most, most, most, most, most}.count() == most);
static_assert(Extents{most, most, 0, most, most}.count() == most && !Extents{most, most, 0, most, most}.valid());

// At most five dimensions, of int.
template <class... Sizes>
concept Fit = requires(Sizes... sizes) {
    Extents{sizes...};
};
static_assert(Fit<int, int, int, int, int> && !Fit<int, int, int, int, int, int>);
static_assert(!Fit<long> && !Fit<int, double>);

// ---- Shape

static_assert(Shape<8, 13, 12>::rank == 3 && Shape<8, 13, 12>::count == 1248);
static_assert(Shape<8, 13, 12>::extents == Extents{8, 13, 12});
static_assert(Shape<>::rank == 0 && Shape<0>::count == 1 && Shape<most, 2>::count == most);

static_assert(std::is_same_v<shape_of<Extents{10}>, Shape<10>>);
static_assert(std::is_same_v<shape_of<Extents{8, 13, 12}>, Shape<8, 13, 12>>);
static_assert(std::is_same_v<shape_of<Extents{1, 2, 3, 4, 5}>, Shape<1, 2, 3, 4, 5>>);
static_assert(std::is_same_v<shape_of<Shape<3, 32, 32>::extents>, Shape<3, 32, 32>>);
static_assert(std::is_same_v<shape_of<Extents{}>, Shape<>>);

static_assert(ValidShape<Shape<1>> && ValidShape<Shape<1, 28, 28>> && ValidShape<Shape<1, 1, 1, 1, 1>>);
static_assert(!ValidShape<Shape<>> && !ValidShape<Shape<0>> && !ValidShape<Shape<3, -1>>);
static_assert(!ValidShape<Shape<most>> && !ValidShape<Shape<65536, 65536>> && !ValidShape<Shape<1, 1, 1, 1, 1, 1>>);
static_assert(!ValidShape<int> && !ValidShape<Extents>);

// ---- slide

static_assert(slide(28, 3, 1) == 26 && slide(28, 3, 1, 1) == 28 && slide(26, 2, 2) == 13);
static_assert(slide(7, 3, 2) == 3 && slide(8, 3, 2) == 3 && slide(9, 3, 2) == 4 && slide(224, 7, 2, 3) == 112);
static_assert(slide(5, 5, 1) == 1 && slide(5, 5, 100) == 1 && slide(1, 1, 1) == 1);

// Total: a window that does not fit, a stride or a size below 1 yield 1.
static_assert(slide(4, 5, 1) == 1 && slide(0, 1, 1) == 1 && slide(-7, 3, 1) == 1 && slide(2, 1000, 3, 1) == 1);
static_assert(slide(10, 3, 0) == 1 && slide(10, 3, -2) == 1 && slide(10, 3, least) == 1 && slide(10, 3, 1, -5) == 1);

// Nothing overflows: the result saturates.
static_assert(slide(most, 1, 1, most) == most && slide(most, least, 1, most) == most && slide(most, 1, 1) == most);
static_assert(slide(least, most, 1, least) == 1 && slide(least, most, most, most) == 1);
static_assert(slide(most, most, 1, most) == most && slide(most, 2, 2) == most / 2);

}  // namespace

// The definition itself: the number of starts, a stride apart, that leave the window within the padded line.
BOOST_AUTO_TEST_CASE(slide_counts_the_positions_of_a_window) {
    for (int n = 1; n <= 12; ++n)
        for (int window = 1; window <= 14; ++window)
            for (int stride = 1; stride <= 5; ++stride)
                for (int padding = 0; padding <= 3; ++padding) {
                    int positions = 0;
                    for (int start = -padding; start + window <= n + padding; start += stride) ++positions;
                    BOOST_TEST(slide(n, window, stride, padding) == (positions > 0 ? positions : 1),
                               n << ' ' << window << ' ' << stride << ' ' << padding);
                }
}

BOOST_AUTO_TEST_CASE(counts_are_products_that_saturate) {
    volatile int side = 1 << 16;
    BOOST_TEST((Extents{int(side), int(side)}.count()) == Extents::limit);
    BOOST_TEST((Extents{int(side), 2}.count()) == 1 << 17);
}
