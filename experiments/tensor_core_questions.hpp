// Questions to a matrix unit that multiplies float16 numbers, after Fasi, Higham, Mikaitis and Pranesh, "Numerical
// behavior of NVIDIA tensor cores", PeerJ Computer Science 7:e330, 2021, with the published answers.
#pragma once
#include <functional>
#include <halfway/emu/probe.hpp>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace experiments {

/// A unit that multiplies float16 numbers, asked one dot product at a time.
class Box {
 public:
  explicit Box(const halfway::emu::DotModel& model);

  struct Product {
    double a, b;
  };
  /// c + Σ a·b.
  double operator()(const std::vector<Product>& products, double c = 0) const;
  /// What halfway::emu::probe says of a property, "-" if nothing.
  std::string probed(std::string_view property) const;

 private:
  halfway::emu::BlackBox box_;
};

/// One question, with what was published: of V100, T4 and A100 by Fasi et al. (the test programs that they publish,
/// github.com/north-numerical-computing/tensor-cores-numerical-behavior at 9dae3fc, expect these answers); of the other
/// units, and on lines marked +, by Khattak and Mikaitis (the parameters of their models,
/// github.com/north-numerical-computing/MATLAB-tensor-core at b12b5a7, of MI300 at b4bf135).
struct Question {
  std::string text;
  std::function<std::string(const Box&)> ask;
  std::map<std::string, std::string> published;
};
/// Of sums in float32, and in float16.
extern const std::vector<Question> float32_sum_questions, float16_sum_questions;

}  // namespace experiments
