// Trains the guide's model, an epoch for each line it reads, and answers with the seconds of that epoch and its loss.
// training_bench.py runs it beside PyTorch. Usage: training_bench POLICY UNITS BATCH_SIZE THREADS FOLDER
// FOLDER holds the samples: x.f32 [n, 784], y.u8 [n].
#include <algorithm>
#include <fstream>
#include <halfway/halfway.hpp>
#include <iostream>
#include <iterator>

using namespace halfway;

namespace {

template <class T>
std::vector<T> read(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::vector<T> values(static_cast<std::size_t>(in.seekg(0, std::ios::end).tellg()) / sizeof(T));
  in.seekg(0).read(reinterpret_cast<char*>(values.data()), static_cast<std::streamsize>(values.size() * sizeof(T)));
  return values;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 6) return 2;
  const std::string folder = std::string(argv[5]) + '/';
  set_log_sink([](LogLevel, std::string_view) {});
  set_policy(Policy::parse(argv[1]));
  const int units = std::stoi(argv[2]), batch_size = std::stoi(argv[3]);
  execution::set_threads(std::stoi(argv[4]));

  const auto labels = read<std::uint8_t>(folder + "y.u8");
  const auto n = static_cast<std::int64_t>(labels.size());
  const Tensor x = tensor(read<float>(folder + "x.f32"), {n, 784}), y = tensor(labels, {n});
  const auto inputs = Input({784});
  const auto hidden = Dense{units, {.activation = relu}}(Dense{units, {.activation = relu}}(inputs));
  const Model model{inputs, Activation{softmax, {.dtype = "float32"}}(Dense{10}(hidden))};
  model.compile({.loss = sparse_categorical_crossentropy, .optimizer = RMSprop{}, .metrics = {accuracy}});

  std::cout << "Halfway, target " << execution::target() << std::endl;
  for (std::string line; std::getline(std::cin, line);) {
    const History history = model.fit(x, y, {.batch_size = batch_size, .verbose = 0});
    std::cout << history.seconds[0] << ' ' << history.training[0].loss << std::endl;
  }
}
