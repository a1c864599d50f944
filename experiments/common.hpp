// What the programs share: options, the guide's model, a status line. Public headers only, as in a program of yours.
#pragma once
#include <CLI/CLI.hpp>
#include <cstdint>
#include <functional>
#include <halfway/data/digits.hpp>
#include <halfway/halfway.hpp>
#include <span>
#include <string>

namespace experiments {

/// What a program was asked for.
struct Options {
  std::string policy = "mixed_float16";
  std::string device = "cpu";
  std::string loss_scale;  ///< empty: the policy's own
  int units = 0;           ///< of each hidden layer; 0: see default_units
  int batch_size = 8192;
  int epochs = 5;
  std::string data;  ///< empty: HALFWAY_DATA, else generated digits
  std::uint64_t seed = 0;
  std::uint64_t memory = 0;  ///< bytes that tensors may take; 0: what the device has
};

/// --units --batch-size --epochs --data --seed
void add_training_options(CLI::App& app, Options& options);
/// --policy --device --memory --loss-scale
void add_policy_options(CLI::App& app, Options& options);

/// Parses the command line and runs `program`. A mistake in either is told on stderr; returns the exit status.
int run(CLI::App& app, int argc, char** argv, const std::function<void()>& program);

/// The policy and the digits that were asked for. Throw halfway::Error and say what there is.
halfway::Policy policy_of(const Options& options);
halfway::Mnist digits_of(const Options& options);

/// 4096 on a real GPU, else 64, as in the guide.
int default_units(const halfway::Device& device);
/// "an emulated TPU: tpu_v3, Google Cloud TPU v3 (…)"
std::string describe(const halfway::Device& device);

/// The guide's model under the global policy: 784 inputs, two relu layers, ten logits, softmax in float32.
halfway::Model guide_model(int units);
/// Restarts the streams that fits draw their shuffles from, so that every model sees the samples in the same order.
void seed_shuffles(std::uint64_t seed);
/// That model, trained from `initial_weights` under the global policy without a word.
struct Trained {
  halfway::Model model;
  halfway::History history;
};
Trained train_guide_model(int units, const halfway::Weights& initial_weights, const halfway::Mnist& digits,
                          const Options& options);

/// How many elements of two lists of tensors differ, and the largest distance.
struct Difference {
  std::int64_t elements = 0, differing = 0;
  std::uint64_t ulps = 0;  ///< of the dtype that they have
};
/// For tensors of equal shapes and dtypes, float32 or 16 bits.
Difference compare(std::span<const halfway::Tensor> a, std::span<const halfway::Tensor> b);

/// A heading between two parts of a program's output.
void heading(const std::string& text);
/// 1234567 as "1,234,567".
std::string grouped(std::uint64_t number);

/// A line that is seen while something takes long and then disappears; none where the output is no terminal.
class StatusLine {
 public:
  StatusLine();
  ~StatusLine();
  StatusLine(const StatusLine&) = delete;
  StatusLine& operator=(const StatusLine&) = delete;
  void show(const std::string& text);

 private:
  bool terminal_;
  std::size_t width_ = 0;
};

}  // namespace experiments
