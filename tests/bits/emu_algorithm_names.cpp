// Dot algorithms and precisions as text.
#include <doctest/doctest.h>

#include <sstream>

#include "halfway/emu/dot_algorithm.hpp"

using namespace halfway;

TEST_CASE("dot algorithms: names, both ways") {
  for (const DotAlgorithm& preset : dot_algorithms()) {
    CHECK(find_dot_algorithm(name(preset)) == preset);
    CHECK(find_dot_algorithm(name(dot::nearest_split(preset))) == dot::nearest_split(preset));
  }
  CHECK(dot_algorithms().size() == 13);
  CHECK(name(dot::any_f8_any_f8_f32_fast_accum) == "ANY_F8_ANY_F8_F32_FAST_ACCUM");
  CHECK(name(dot::bf16_bf16_f32_x3) == "BF16_BF16_F32_X3");
  CHECK(name(dot::nearest_split(dot::bf16_bf16_f32_x3)) == "BF16_BF16_F32_X3:nearest");
  CHECK(name(dot::tf32_tf32_f32) == "TF32_TF32_F32");
  CHECK(find_dot_algorithm("bf16_bf16_f32_x6:Nearest") == dot::nearest_split(dot::bf16_bf16_f32_x6));
  const DotAlgorithm mixed{e4m3fn, e5m2, binary32};
  CHECK(name(mixed) == "F8E4M3FN_F8E5M2_F32");
  CHECK(find_dot_algorithm("F8E4M3FN_F8E5M2_F32") == mixed);
  CHECK(find_dot_algorithm("F16_BF16_F32") == DotAlgorithm{binary16, bfloat, binary32});
  for (const char* wrong : {"", "BF16", "BF16_BF16", "BF16_BF16_F32_X4", "BF16_BF16_F32_", "_BF16_F32", ":nearest"})
    CHECK_FALSE(find_dot_algorithm(wrong).has_value());
  CHECK(for_operands(dot::any_f8_any_f8_f32, e4m3fn, e5m2) == mixed);
  CHECK(for_operands(dot::bf16_bf16_f32, e4m3fn, e5m2) == dot::bf16_bf16_f32);
  std::ostringstream out;
  out << dot::tf32_tf32_f32_x3;
  CHECK(out.str() == "TF32_TF32_F32_X3");
}

TEST_CASE("precisions: JAX's names") {
  for (const Precision p : {Precision::default_, Precision::high, Precision::highest})
    CHECK(find_precision(name(p)) == p);
  CHECK(find_precision("fastest") == Precision::default_);
  CHECK(find_precision("bfloat16") == Precision::default_);
  CHECK(find_precision("bfloat16_3x") == Precision::high);
  CHECK(find_precision("tensorfloat32") == Precision::high);
  CHECK(find_precision("float32") == Precision::highest);
  CHECK_FALSE(find_precision("float64").has_value());
}
