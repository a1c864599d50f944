// npy_copy IN OUT: reads a NumPy file and writes what it read, for data_numpy.py.
#include <cstdio>
#include <exception>

#include "halfway/data/npy.hpp"

int main(int argc, char** argv) {
  using namespace halfway;
  if (argc != 3) return 2;
  try {
    const std::filesystem::path in = argv[1], out = argv[2];
    if (in.extension() == ".npz") {
      const NpzFile file = read_npz(in);
      write_npz(out, std::vector<NpzView>(file.members.begin(), file.members.end()), file.compression);
    } else {
      write_npy(out, read_npy(in));
    }
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
}
