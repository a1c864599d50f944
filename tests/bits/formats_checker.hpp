// Arithmetic on codes beside the oracle's, one result at a time.
#pragma once
#include "formats_cases.hpp"

namespace cases {

using detail::Context;
using detail::Unpacked;
using oracle::Machine;
using oracle::Operand;

struct Binary {
  const char* name;
  std::uint64_t (*library)(const detail::Codes&, const Unpacked&, const Unpacked&, Context&);
  oracle::Result (*exact)(const Machine&, const Operand&, const Operand&);
};
using W = std::uint64_t;
inline constexpr Binary binary_operations[] = {
    {"+", [](auto& f, auto& x, auto& y, auto& context) { return detail::add<W>(f, x, y, context); },
     [](auto& machine, auto& x, auto& y) { return machine.add(x, y); }},
    {"-", [](auto& f, auto& x, auto& y, auto& context) { return detail::subtract<W>(f, x, y, context); },
     [](auto& machine, auto& x, auto& y) { return machine.subtract(x, y); }},
    {"*", [](auto& f, auto& x, auto& y, auto& context) { return detail::multiply<W>(f, x, y, context); },
     [](auto& machine, auto& x, auto& y) { return machine.multiply(x, y); }},
    {"/", [](auto& f, auto& x, auto& y, auto& context) { return detail::divide<W>(f, x, y, context); },
     [](auto& machine, auto& x, auto& y) { return machine.divide(x, y); }},
    {"remainder", [](auto& f, auto& x, auto& y, auto& context) { return detail::remainder(f, x, y, context); },
     [](auto& machine, auto& x, auto& y) { return machine.remainder(x, y); }}};

/// Operations from one format to one format.
class Checker {
 public:
  Checker(const FloatFormat& to, const FloatFormat& from)
      : to_(to), from_(from), to_codes_(to), from_codes_(from), tally_(describe(from) + ", result " + describe(to)) {}
  explicit Checker(const FloatFormat& f) : Checker(f, f) {}

  const oracle::Format& from() const { return from_; }
  void pair(std::uint32_t a, std::uint32_t b, const Arithmetic& how) {
    const Operand x = oracle::read(from_, a, how), y = oracle::read(from_, b, how);
    const Machine machine(to_, how);
    for (const Binary& operation : binary_operations) {
      Context context{.how = how};
      const Unpacked p = unpack(from_codes_, a, context), q = unpack(from_codes_, b, context);
      oracle::Result expected = operation.exact(machine, x, y);
      expected.flushed += x.flushed + y.flushed;
      tally_.expect(operation.library(to_codes_, p, q, context), context, expected, operation.name, a, b);
    }
  }
  void triple(std::uint32_t a, std::uint32_t b, std::uint32_t c, const Arithmetic& how) {
    const Operand x = oracle::read(from_, a, how), y = oracle::read(from_, b, how), z = oracle::read(from_, c, how);
    Context context{.how = how};
    const Unpacked p = unpack(from_codes_, a, context), q = unpack(from_codes_, b, context),
                   r = unpack(from_codes_, c, context);
    oracle::Result expected = Machine(to_, how).fma(x, y, z);
    expected.flushed += x.flushed + y.flushed + z.flushed;
    tally_.expect(detail::fma<W>(to_codes_, p, q, r, context), context, expected, "fma", a, b, c);
  }
  void square_root(std::uint32_t a, const Arithmetic& how) {
    const Operand x = oracle::read(from_, a, how);
    Context context{.how = how};
    const Unpacked p = unpack(from_codes_, a, context);
    oracle::Result expected = Machine(to_, how).square_root(x);
    expected.flushed += x.flushed;
    tally_.expect(detail::square_root<W>(to_codes_, p, context), context, expected, "sqrt", a);
  }
  void finish(std::uint64_t least) const { tally_.finish(least); }

 private:
  oracle::Format to_, from_;
  detail::Codes to_codes_, from_codes_;
  Tally tally_;
};

/// One of all 48 deterministic settings.
inline Arithmetic setting(unsigned i) { return variant(oracle::all_roundings[i % 6], i / 6 % 8); }

}  // namespace cases
