#include "emu/probe_order.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

namespace halfway::emu::detail {
namespace {

/// For each two leaves (the last one is c) the number of leaves that are lost when +M stands at one and −M at the
/// other: the leaves of the smallest subtree that holds both, or 2 if they are added exactly.
class Meetings {
 public:
  explicit Meetings(std::size_t leaves) : leaves_(leaves), lost_(leaves * leaves) {}
  int& operator()(std::size_t i, std::size_t j) { return lost_[std::min(i, j) * leaves_ + std::max(i, j)]; }
  std::size_t leaves() const { return leaves_; }

 private:
  std::size_t leaves_;
  std::vector<int> lost_;
};

/// One dot product: +M at leaf i, −M at leaf j, units at all others. Nothing if it cannot be written.
std::optional<DotProduct> meeting(const ProbeBox& box, const Scale& scale, std::size_t i, std::size_t j,
                                  std::size_t leaves) {
  DotProduct dot{std::vector<Code>(box.terms()), std::vector<Code>(box.terms()), 0, 0};
  for (std::size_t k = 0; k < leaves; ++k) {
    const double sign = k == j ? -1 : 1;
    const int exponent = k == i || k == j ? scale.large : scale.unit;
    if (k == box.terms()) {
      dot.c = ProbeBox::code(box.box().result, sign * std::ldexp(1.0, exponent));
      continue;
    }
    const auto product = box.product(k, exponent, sign, true);
    if (!product) return std::nullopt;
    dot.a[k] = ProbeBox::code(box.box().a, product->a), dot.b[k] = ProbeBox::code(box.box().b, product->b);
  }
  return dot;
}

std::optional<Meetings> meetings_of(ProbeBox& box, const Scale& scale) {
  const std::size_t leaves = box.terms() + std::size_t{box.box().takes_c};
  Meetings lost(leaves);
  std::vector<DotProduct> dots;
  for (std::size_t i = 0; i < leaves; ++i)
    for (std::size_t j = i + 1; j < leaves; ++j) {
      const auto dot = meeting(box, scale, i, j, leaves);
      if (!dot) return std::nullopt;
      dots.push_back(*dot);
    }
  box.ask(dots);
  // What directed roundings leave of M is a multiple of 2^(large − precision): the units stand below it.
  const int lowest = scale.large - std::max(24, box.box().result.precision);
  const int counter = std::max(lowest - scale.unit, static_cast<int>(std::bit_width(leaves)) + 1);
  const double modulus = std::ldexp(1.0, counter);
  std::size_t next = 0;
  for (std::size_t i = 0; i < leaves; ++i)
    for (std::size_t j = i + 1; j < leaves; ++j, ++next) {
      const double units = std::ldexp(ProbeBox::number(box.box().result, dots[next].d), -scale.unit);
      const double left = units - modulus * std::floor(units / modulus);
      if (!(left >= 0 && left <= static_cast<double>(leaves) - 2) || left != std::floor(left)) return std::nullopt;
      lost(i, j) = static_cast<int>(leaves) - static_cast<int>(left);
    }
  return lost;
}

/// Whether they are those of a tree: of three leaves, two meet first, and then both meet the third together.
bool are_of_a_tree(Meetings& lost) {
  for (std::size_t i = 0; i < lost.leaves(); ++i)
    for (std::size_t j = 0; j < lost.leaves(); ++j)
      for (std::size_t k = j + 1; k < lost.leaves(); ++k)
        if (i != j && i != k && lost(j, k) > std::max(lost(i, j), lost(i, k))) return false;
  return true;
}

/// The subtree of some leaves: its root is where those meet that meet last; leaves that meet earlier share a child.
SumTree build(Meetings& lost, const std::vector<std::size_t>& leaves, std::size_t terms) {
  SumTree tree;
  tree.leaves = static_cast<int>(leaves.size());
  tree.first = leaves.back() == terms ? -1 : static_cast<int>(leaves.front());
  if (leaves.size() == 1) return tree;
  int last = 0;
  for (const std::size_t i : leaves)
    for (const std::size_t j : leaves)
      if (i != j) last = std::max(last, lost(i, j));
  std::vector<std::vector<std::size_t>> classes;
  for (const std::size_t i : leaves) {
    const auto mine = std::ranges::find_if(classes, [&](const auto& each) { return lost(each[0], i) < last; });
    if (mine == classes.end())
      classes.push_back({i});
    else
      mine->push_back(i);
  }
  const int all = tree.leaves;
  tree.exact = last < all;  // some of the leaves outlive M: they are added with it, exactly
  // Where the last class is added exactly, ±M in it and before it lose what was before it, and nothing else.
  const auto added_at_once = [&](const auto& each) {
    return each.size() > 1 && last == all - static_cast<int>(each.size()) + 1;
  };
  const auto flat = std::find_if(classes.rbegin(), classes.rend(), added_at_once);
  for (auto each = classes.begin(); each != classes.end(); ++each) {
    SumTree child = build(lost, *each, terms);
    if (flat != classes.rend() && each == flat.base() - 1)
      tree.children.insert(tree.children.end(), child.children.begin(), child.children.end());
    else
      tree.children.push_back(std::move(child));
  }
  std::ranges::sort(tree.children, [](const SumTree& x, const SumTree& y) {  // what was summed before stands left
    if ((x.first < 0) != (y.first < 0)) return x.first < 0;
    if (x.leaves != y.leaves) return x.leaves > y.leaves;
    return x.first < y.first;
  });
  return tree;
}

}  // namespace

Scale scale_of(ProbeBox& box) {
  const BlackBox& b = box.box();
  const int middle = b.result.precision > 24 ? 45 : 19;
  const int large = std::min({middle, b.a.emax() + b.b.emax(), b.result.emax()});
  const auto unit_above = [&](int operands, int results) { return std::max({large - 2 * middle, operands, results}); };
  const Scale normal{large, unit_above(b.a.emin() + b.b.emin(), b.result.emin())};
  constexpr int enough = 34;  // 64 units beside M, where 25 bits below M are kept
  if (large - normal.unit >= enough) return normal;
  const int unit = unit_above(b.a.emin() + b.b.emin() - b.a.fraction_bits() - b.b.fraction_bits(),
                              b.result.emin() - b.result.fraction_bits());
  const double value = std::ldexp(1.0, unit);
  const auto product = box.product(0, unit, 1, true);
  const bool kept = product && box.value({&*product, 1}) == value && (!b.takes_c || box.value({}, value) == value);
  return kept ? Scale{large, unit} : normal;
}

std::vector<std::size_t> SumTree::widest_step() const {
  std::vector<std::size_t> widest;
  for (const SumTree& child : children)
    if (child.is_leaf() && child.first >= 0) widest.push_back(static_cast<std::size_t>(child.first));
  if (widest.size() == 2 && children.size() == 2) widest.resize(1);  // an addition of two
  for (const SumTree& child : children) {
    std::vector<std::size_t> other = child.widest_step();
    if (other.size() >= widest.size() && !other.empty()) widest = std::move(other);
  }
  return widest;
}

std::optional<SumTree> order_of(ProbeBox& box, const Scale& scale) {
  constexpr int least = 27;  // below that, units may be kept beside M
  if (scale.large - scale.unit < least) return std::nullopt;
  std::optional<Meetings> lost = meetings_of(box, scale);
  if (!lost || !are_of_a_tree(*lost)) return std::nullopt;
  std::vector<std::size_t> all(lost->leaves());
  for (std::size_t i = 0; i < all.size(); ++i) all[i] = i;
  return build(*lost, all, box.terms());
}

namespace {

/// What is added in one step of a sum, or one term of those that are added at once: its text, and the same with its
/// smallest leaf as 0.
struct Step {
  std::string text, shape;
  int first;
};

/// How often the steps from `begin` on repeat with a period: equal shapes, each period as far from the one before.
std::size_t repeats(const std::vector<Step>& steps, std::size_t begin, std::size_t period) {
  const auto like = [&](std::size_t i) {
    const Step &x = steps[i], &before = steps[i - period];
    return before.first >= 0 && x.shape == before.shape &&
           x.first - before.first == steps[begin + period].first - steps[begin].first;
  };
  std::size_t end = begin + period;
  while (end < steps.size() && like(end)) ++end;
  return (end - begin) / period;
}

/// All of them; four and more that repeat by the first two and the last: "0 + 1 + ... + 63", "0 1 4 5 ... 28 29",
/// in brackets also "0-15".
std::string joined(const std::vector<Step>& steps, std::string_view separator) {
  std::string text;
  const auto add = [&](std::string_view word) { text.append(text.empty() ? "" : separator).append(word); };
  const auto add_steps = [&](std::size_t begin, std::size_t end) {
    for (std::size_t i = begin; i < end; ++i) add(steps[i].text);
  };
  for (std::size_t i = 0; i < steps.size();) {
    std::size_t period = 1;
    while (period <= 4 && repeats(steps, i, period) < 4) ++period;
    if (period > 4) {
      add(steps[i++].text);
      continue;
    }
    const std::size_t end = i + period * repeats(steps, i, period);
    if (separator == " " && steps[i + 1].first == steps[i].first + 1 && period == 1) {
      add(steps[i].text + "-" + steps[end - 1].text);
    } else {
      add_steps(i, i + 2 * period), add("..."), add_steps(end - period, end);
    }
    i = end;
  }
  return text;
}

Step single(int leaf, int zero) { return {leaf < 0 ? "c" : std::to_string(leaf - zero), leaf < 0 ? "c" : "0", leaf}; }

/// Leaves that are added at once.
std::string bracketed(const std::vector<int>& leaves, int zero) {
  std::vector<Step> terms;
  terms.reserve(leaves.size());
  for (const int leaf : leaves) terms.push_back(single(leaf, zero));
  return "[" + joined(terms, " ") + "]";
}

/// Of a tree whose leaves are counted from `zero`.
std::vector<Step> steps_of(const SumTree& tree, int zero) {
  if (tree.is_leaf()) return {single(tree.first, zero)};
  std::vector<Step> steps;
  std::vector<int> at_once;
  for (std::size_t i = 0; i < tree.children.size(); ++i) {
    const SumTree& child = tree.children[i];
    const int first = child.first;
    if (child.is_leaf() && (tree.children.size() == 2 || (i == 0 && first < 0)))
      steps.push_back(single(first, zero));
    else if (child.is_leaf())
      at_once.push_back(first);
    else if (i == 0)
      steps = steps_of(child, zero);
    else
      steps.push_back(
          {"(" + joined(steps_of(child, zero), " + ") + ")", "(" + joined(steps_of(child, first), " + ") + ")", first});
  }
  if (!at_once.empty()) steps.push_back({bracketed(at_once, zero), bracketed(at_once, at_once[0]), at_once[0]});
  return steps;
}

}  // namespace

std::string to_string(const SumTree& tree) { return joined(steps_of(tree, 0), " + "); }

}  // namespace halfway::emu::detail
