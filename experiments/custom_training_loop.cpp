// "Training the model with a custom training loop": the second half of the guide.
#include <iostream>

#include "common.hpp"
#include "training_loop.hpp"

using namespace halfway;

int main(int argc, char** argv) {
  CLI::App app{"Trains the guide's model with a GradientTape and a LossScaleOptimizer.", "custom_training_loop"};
  experiments::Options options;
  experiments::add_policy_options(app, options);
  experiments::add_training_options(app, options);
  return experiments::run(app, argc, argv, [&] {
    const Device device = Device::parse(options.device);
    const Policy policy = experiments::policy_of(options);
    const int units = options.units > 0 ? options.units : experiments::default_units(device);
    set_device(device);
    set_policy(policy);
    random::set_seed(options.seed);

    const Mnist digits = experiments::digits_of(options);
    std::cout << digits.source << '\n'
              << "Policy: " << policy.name() << ", " << units << " units on " << experiments::describe(device) << '\n';
    experiments::run_training_loop(experiments::guide_model(units), policy, digits, options);
  });
}
