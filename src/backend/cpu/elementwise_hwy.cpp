// Highway twins of elementwise_ref.cpp.
#include <algorithm>

#include "backend/cpu/kernels.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "backend/cpu/elementwise_hwy.cpp"
#include <hwy/foreach_target.h>  // must come before highway.h
#include <hwy/highway.h>

#include "formats/functions-inl.hpp"
#include "formats/lanes-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace halfway::HWY_NAMESPACE {
namespace host = backend::host;
using backend::Binary;
using backend::Cover;
using backend::Unary;

/// Calls body(d, i) for each full vector of [0, count), then lane by lane for the rest.
template <class Body>
void ForEachVector(std::int64_t count, Body&& body) {
  const hn::ScalableTag<float> d;
  const hn::CappedTag<float, 1> d1;
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  std::int64_t i = 0;
  for (; i + lanes <= count; i += lanes) body(d, i);
  for (; i < count; ++i) body(d1, i);
}

template <Unary op, class D>
hn::Vec<D> Apply(D d, hn::Vec<D> x) {
  if constexpr (op == Unary::negate) return hn::Neg(x);
  if constexpr (op == Unary::square) return hn::Mul(x, x);
  if constexpr (op == Unary::sqrt) return hn::Sqrt(x);
  if constexpr (op == Unary::exp) return Exp(d, x);
  if constexpr (op == Unary::relu) return hn::IfThenZeroElse(hn::Le(x, hn::Zero(d)), x);
}

template <Binary op, class D>
hn::Vec<D> Apply(D d, hn::Vec<D> a, hn::Vec<D> b) {
  if constexpr (op == Binary::add) return hn::Add(a, b);
  if constexpr (op == Binary::subtract) return hn::Sub(a, b);
  if constexpr (op == Binary::multiply) return hn::Mul(a, b);
  if constexpr (op == Binary::divide) return hn::Div(a, b);
  if constexpr (op == Binary::relu_gradient) return hn::IfThenZeroElse(hn::Le(b, hn::Zero(d)), a);
}

template <Unary op, class T>
void UnaryLoop(const T* in, T* out, std::int64_t count) {
  ForEachVector(count, [&](auto d, std::int64_t i) { StoreRounded(d, Apply<op>(d, LoadAsFloat(d, in + i)), out + i); });
}

template <class T>
void UnaryOf(Unary op, const T* in, T* out, std::int64_t count) {
  switch (op) {
    case Unary::negate: return UnaryLoop<Unary::negate>(in, out, count);
    case Unary::square: return UnaryLoop<Unary::square>(in, out, count);
    case Unary::sqrt: return UnaryLoop<Unary::sqrt>(in, out, count);
    case Unary::exp: return UnaryLoop<Unary::exp>(in, out, count);
    case Unary::relu: return UnaryLoop<Unary::relu>(in, out, count);
    case Unary::log: break;  // the caller gives it to the reference
  }
}

/// One stretch of a row: each operand runs along (stride 1) or is one element for all (stride 0).
template <Binary op, class T>
void BinaryLoop(const T* a, bool a_runs, const T* b, bool b_runs, T* out, std::int64_t count) {
  const hn::CappedTag<float, 1> d1;
  if (a_runs && b_runs) {
    ForEachVector(count, [&](auto d, std::int64_t i) {
      StoreRounded(d, Apply<op>(d, LoadAsFloat(d, a + i), LoadAsFloat(d, b + i)), out + i);
    });
  } else if (a_runs) {
    const float other = hn::GetLane(LoadAsFloat(d1, b));
    ForEachVector(count, [&](auto d, std::int64_t i) {
      StoreRounded(d, Apply<op>(d, LoadAsFloat(d, a + i), hn::Set(d, other)), out + i);
    });
  } else {
    const float other = hn::GetLane(LoadAsFloat(d1, a));
    ForEachVector(count, [&](auto d, std::int64_t i) {
      StoreRounded(d, Apply<op>(d, hn::Set(d, other), LoadAsFloat(d, b_runs ? b + i : b)), out + i);
    });
  }
}

template <Binary op, class T>
void BinaryOf(const backend::BinaryCall& call, std::int64_t begin, std::int64_t end) {
  const auto runs = [](Cover cover) { return cover == Cover::full || cover == Cover::row; };
  const auto start = [&](const void* data, Cover cover, std::int64_t row, std::int64_t col) {
    const T* p = static_cast<const T*>(data);
    switch (cover) {
      case Cover::full: return p + row * call.cols + col;
      case Cover::row: return p + col;
      case Cover::column: return p + row;
      case Cover::scalar: break;
    }
    return p;
  };
  T* out = static_cast<T*>(call.out);
  for (std::int64_t i = begin; i < end;) {
    const std::int64_t row = i / call.cols, col = i % call.cols, count = std::min(end - i, call.cols - col);
    if (!runs(call.a_cover) && !runs(call.b_cover)) {  // both fixed along the row: element by element
      for (std::int64_t c = 0; c < count; ++c)
        BinaryLoop<op>(start(call.a, call.a_cover, row, 0), true, start(call.b, call.b_cover, row, 0), true,
                       out + i + c, 1);
    } else {
      BinaryLoop<op>(start(call.a, call.a_cover, row, col), runs(call.a_cover), start(call.b, call.b_cover, row, col),
                     runs(call.b_cover), out + i, count);
    }
    i += count;
  }
}

template <class Visitor>
void VisitTwinDType(DType dtype, Visitor&& visitor) {
  switch (dtype) {
    case DType::float16: return visitor(float16{});
    case DType::bfloat16: return visitor(bfloat16{});
    default: return visitor(float{});
  }
}

void UnaryRange(const host::UnaryCall& call, std::int64_t begin, std::int64_t end) {
  VisitTwinDType(call.dtype, [&]<class T>(T) {
    UnaryOf(call.op, static_cast<const T*>(call.in) + begin, static_cast<T*>(call.out) + begin, end - begin);
  });
}

void BinaryRange(const backend::BinaryCall& call, std::int64_t begin, std::int64_t end) {
  VisitTwinDType(call.dtype, [&]<class T>(T) {
    switch (call.op) {
      case Binary::add: return BinaryOf<Binary::add, T>(call, begin, end);
      case Binary::subtract: return BinaryOf<Binary::subtract, T>(call, begin, end);
      case Binary::multiply: return BinaryOf<Binary::multiply, T>(call, begin, end);
      case Binary::divide: return BinaryOf<Binary::divide, T>(call, begin, end);
      case Binary::relu_gradient: return BinaryOf<Binary::relu_gradient, T>(call, begin, end);
    }
  });
}

void ExpInPlace(float* values, std::int64_t count) {
  ForEachVector(count, [&](auto d, std::int64_t i) { StoreRounded(d, Exp(d, hn::LoadU(d, values + i)), values + i); });
}

}  // namespace halfway::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace halfway {
HWY_EXPORT(UnaryRange);
HWY_EXPORT(BinaryRange);
HWY_EXPORT(ExpInPlace);

namespace backend::host {

void unary_hwy(const UnaryCall& call, std::int64_t begin, std::int64_t end) {
  if (call.op == Unary::log) return unary_ref(call, begin, end);  // no hot user yet
  HWY_DYNAMIC_DISPATCH(UnaryRange)(call, begin, end);
}
void binary_hwy(const BinaryCall& call, std::int64_t begin, std::int64_t end) {
  HWY_DYNAMIC_DISPATCH(BinaryRange)(call, begin, end);
}
void exp_in_place_hwy(float* values, std::int64_t count) { HWY_DYNAMIC_DISPATCH(ExpInPlace)(values, count); }

}  // namespace backend::host
}  // namespace halfway
#endif
