// SPDX-License-Identifier: BSL-1.0
#pragma once
// A sum in the tree of groups (core/contract/ranks.hpp), in one of two ways. Both send each rank 2 N elements, if each
// rank has one node.
//
// Halving, if the ranks are a power of two and each has one node of equal size: a rank and its neighbour each give the
// other half of their elements and add what they get, then they do so with the ranks 2, 4, 8, … further, with half of
// what is left. At the end each rank has the total of its part, and gives it back on the same way. For 8 ranks that
// takes 2 * 3 messages one after another. a + b = b + a, so these are the bits of the tree.
//
// Otherwise each rank sums up a part of all nodes, and gives it to all. That takes ranks - 1 messages at once, twice.

#include <kiln/core/target.hpp>
#include <kiln/train/detail/group_tree.hpp>
#include <kiln/train/detail/mpi_exchange.hpp>
#include <kiln/train/detail/mpi_pieces.hpp>
#include <kiln/train/detail/mpi_watch.hpp>

#include <bit>
#include <cstddef>
#include <span>
#include <vector>

namespace kiln::inline KILN_TARGET::mpi::detail {

class Tree {
  public:
    /// Memory that the sums of a group of ranks share, so that only the first ones allocate.
    struct Room {
        std::vector<float> values;
        std::vector<std::size_t> nodes, ends;  // the first node of each rank; the bytes of its part
    };

    Tree(Watch& watch, Exchange& exchange, std::span<float> sum, std::span<const std::size_t> ends,
         std::span<const std::span<float>> nodes, int tag, Room& room)
        : watch_(watch),
          exchange_(exchange),
          sum_(sum),
          ends_(ends),
          nodes_(nodes),
          tag_(tag),
          room_(room) {}

    void run() {
        if (can_halve()) {
            sum_halves();
            spread_halves();
        } else {
            collect_part();
            sum_part();
            spread_parts();
        }
    }

  private:
    static void add(std::span<float> to, std::span<const float> from) {
        float* const sum = to.data();
        const float* const term = from.data();
        for (std::size_t i = 0; i < to.size(); ++i) sum[i] += term[i];
    }

    // to += a + b
    static void add_sum(std::span<float> to, std::span<const float> a, std::span<const float> b) {
        float* const sum = to.data();
        const float *const one = a.data(), *const other = b.data();
        for (std::size_t i = 0; i < to.size(); ++i) sum[i] += one[i] + other[i];
    }

    struct Part {
        std::size_t first, end;

        std::size_t size() const { return end - first; }
        std::span<float> of(std::span<float> all) const { return all.subspan(first, size()); }
    };

    // Begins `sends` messages by send(n) and `receives` by receive(n), of which at most `ahead` are under way, in their
    // order and at the same time. Calls arrived(n) for each that has come, and returns when all are done.
    void pass_on(Pieces& outgoing, std::size_t sends, auto send, Pieces& incoming, std::size_t receives,
                 std::size_t ahead, auto receive, auto arrived) {
        while (outgoing.done() < sends || incoming.done() < receives) {
            while (incoming.begun() < receives && incoming.begun() - incoming.done() < ahead) receive(incoming.begun());
            while (outgoing.begun() < sends && !outgoing.full()) send(outgoing.begun());
            bool moved = outgoing.look();
            if (incoming.look()) {
                arrived(incoming.done() - 1);
                moved = true;
            }
            if (moved)
                watch_.moved();
            else
                watch_.wait();
        }
    }

    // ---- Halving ----

    bool can_halve() const {
        const std::size_t size = ends_[0];
        if (!std::has_single_bit(ends_.size()) || !std::has_single_bit(size)) return false;
        for (std::size_t r = 1; r < ends_.size(); ++r) {
            const std::size_t groups = ends_[r] - ends_[r - 1];
            if (groups != size && (r + 1 < ends_.size() || groups == 0 || groups > size)) return false;
        }
        return true;
    }
    // The elements that a rank has left after exchanges with the ranks 1, 2, … `distance` / 2 further.
    Part half_of(int rank, int distance) const {
        Part part{0, sum_.size()};
        for (int bit = 1; bit < distance; bit *= 2) {
            const std::size_t middle = part.first + part.size() / 2;
            ((rank & bit) != 0 ? part.first : part.end) = middle;
        }
        return part;
    }
    void sum_halves() {
        const int rank = watch_.rank();
        if (watch_.count() == 1) add(sum_, nodes_[0]);
        for (int distance = 1; distance < watch_.count(); distance *= 2) {
            const int other = rank ^ distance;
            const Part own = half_of(rank, 2 * distance);
            add_half(other, half_of(other, 2 * distance).of(nodes_[0]), own.of(nodes_[0]),
                     2 * distance == watch_.count() ? own.of(sum_) : std::span<float>());
        }
    }
    void spread_halves() {
        const int rank = watch_.rank();
        for (int distance = watch_.count() / 2; distance > 0; distance /= 2) {
            const int other = rank ^ distance;
            swap_halves(other, half_of(rank, 2 * distance).of(sum_), half_of(other, 2 * distance).of(sum_));
        }
    }
    // Sends `give` to another rank, and adds what comes to `take`, then that to `total`, unless it is empty.
    void add_half(int other, std::span<float> give, std::span<float> take, std::span<float> total) {
        constexpr std::size_t most = 8;
        const Cut giving(give.size()), taking(take.size());
        Pieces outgoing(watch_, tag_), incoming(watch_, tag_);
        const auto place = [&](std::size_t n) {
            return at_least(most * Cut::piece_size).subspan(n % most * Cut::piece_size, taking.size_of(n));
        };
        pass_on(
            outgoing, giving.pieces(), [&](std::size_t n) { outgoing.send(other, giving.of(give, n)); }, incoming,
            taking.pieces(), most, [&](std::size_t n) { incoming.receive(other, place(n)); },
            [&](std::size_t n) {
                if (total.empty())
                    add(taking.of(take, n), place(n));
                else
                    add_sum(taking.of(total, n), taking.of(take, n), place(n));
            });
    }
    // Sends `give` to another rank, and puts what comes into `take`.
    void swap_halves(int other, std::span<float> give, std::span<float> take) {
        const Cut giving(give.size()), taking(take.size());
        Pieces outgoing(watch_, tag_), incoming(watch_, tag_);
        pass_on(
            outgoing, giving.pieces(), [&](std::size_t n) { outgoing.send(other, giving.of(give, n)); }, incoming,
            taking.pieces(), Pieces::most, [&](std::size_t n) { incoming.receive(other, taking.of(take, n)); },
            [](std::size_t) {});
    }

    // ---- By parts ----

    Part part_of(int rank) const {
        const auto count = static_cast<std::size_t>(watch_.count()), r = static_cast<std::size_t>(rank);
        return {sum_.size() * r / count, sum_.size() * (r + 1) / count};
    }
    // Own part of node `index` of a rank: nodes of other ranks come into the room.
    std::span<float> values_of(int rank, std::size_t index) {
        const Part own = part_of(watch_.rank());
        if (rank == watch_.rank()) return own.of(nodes_[index]);
        const std::size_t node = room_.nodes[static_cast<std::size_t>(rank)] + index;
        return std::span(room_.values).subspan(node * own.size(), own.size());
    }
    // Sends every rank its part of own nodes, and gets own part of all nodes.
    void collect_part() {
        const int rank = watch_.rank(), count = watch_.count();
        room_.nodes.assign(ends_.size(), 0);
        std::size_t all = 0;
        kiln::detail::for_each_node_of_ranks(ends_, [&](int of, std::size_t index, int, int) {
            if (index == 0) room_.nodes[static_cast<std::size_t>(of)] = all;
            ++all;
        });
        at_least(all * part_of(rank).size());

        Pieces outgoing(watch_, tag_), incoming(watch_, tag_);
        const auto send = [&](std::size_t n) {
            const int to = (rank + 1 + static_cast<int>(n / nodes_.size())) % count;
            outgoing.send(to, part_of(to).of(nodes_[n % nodes_.size()]));
        };
        int from = rank;
        std::size_t index = 0, left = 0;  // of the nodes of that rank
        const auto receive = [&](std::size_t) {
            for (; left == 0; left = nodes_of(from), index = 0) from = (from + count - 1) % count;
            incoming.receive(from, values_of(from, index++));
            --left;
        };
        pass_on(outgoing, nodes_.size() * (ends_.size() - 1), send, incoming, all - nodes_.size(), Pieces::most,
                receive, [](std::size_t) {});
    }
    std::size_t nodes_of(int rank) const {
        std::size_t count = 0;
        const auto r = static_cast<std::size_t>(rank);
        kiln::detail::for_each_node(r > 0 ? static_cast<int>(ends_[r - 1]) : 0, static_cast<int>(ends_[r]),
                                    static_cast<int>(ends_.back()), [&](int, int) { ++count; });
        return count;
    }
    // Adds own part of all nodes to the sum, in pieces that stay in the cache.
    void sum_part() {
        const Part own = part_of(watch_.rank());
        const Cut cut(own.size());
        for (std::size_t piece = 0; piece < cut.pieces(); ++piece) {
            kiln::detail::NodeStack<std::span<float>> nodes(static_cast<int>(ends_.back()));
            kiln::detail::for_each_node_of_ranks(ends_, [&](int rank, std::size_t index, int first, int end) {
                nodes.push(first, end, cut.of(values_of(rank, index), piece), add);
            });
            add(cut.of(own.of(sum_), piece), nodes.values()[0]);
        }
    }
    void spread_parts() {
        room_.ends.clear();
        for (int rank = 0; rank < watch_.count(); ++rank) room_.ends.push_back(part_of(rank).end * sizeof(float));
        exchange_.run(tag_, std::as_writable_bytes(sum_), room_.ends);
    }

    std::span<float> at_least(std::size_t size) {
        if (room_.values.size() < size) room_.values.resize(size);
        return room_.values;
    }

    Watch& watch_;
    Exchange& exchange_;
    std::span<float> sum_;
    std::span<const std::size_t> ends_;
    std::span<const std::span<float>> nodes_;
    int tag_;
    Room& room_;
};

}  // namespace kiln::inline KILN_TARGET::mpi::detail
