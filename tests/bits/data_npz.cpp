// .npz files: members that come back, archives that are damaged or foreign.
#include <doctest/doctest.h>
#include <zip.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "fuzz/npy_corpus.hpp"
#include "halfway/data/npy.hpp"
#include "halfway/errors.hpp"
#include "support/temporary_folder.hpp"

using namespace halfway;
namespace fs = std::filesystem;

namespace {

const TemporaryFolder folder;

std::string content(const fs::path& file) {
  std::ifstream stream(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

std::vector<NpzMember> some_members() {
  std::vector<NpzMember> members;
  for (const std::string& file : corpus::npy_files())
    members.push_back({"name " + std::to_string(members.size()), read_npy(corpus::bytes(file), "")});
  members.push_back({"größe", {{NpyKind::unsigned_integer, 1}, {100000}, false, std::vector<std::byte>(100000)}});
  return members;
}
std::vector<NpzView> views(const std::vector<NpzMember>& members) { return {members.begin(), members.end()}; }

std::string error_of(const std::string& file) {
  try {
    read_npz(corpus::bytes(file), "FILE");
  } catch (const FileError& error) {
    return error.what();
  }
  return "no error";
}

/// An archive of one member, made without the library: its bytes after `change` has had it.
template <class Change>
std::string archive(const std::string& name, const std::string& member, Change change) {
  const fs::path file = folder.path / "made.npz";
  zip_t* const zip = zip_open(file.c_str(), ZIP_CREATE | ZIP_TRUNCATE, nullptr);
  REQUIRE(zip != nullptr);
  const zip_int64_t index = zip_file_add(zip, name.c_str(), zip_source_buffer(zip, member.data(), member.size(), 0), 0);
  REQUIRE(index >= 0);
  change(zip, static_cast<zip_uint64_t>(index));
  REQUIRE(zip_close(zip) == 0);
  return content(file);
}
std::string archive(const std::string& name, const std::string& member) {
  return archive(name, member,
                 [](zip_t* zip, zip_uint64_t index) { zip_set_file_compression(zip, index, ZIP_CM_STORE, 0); });
}

}  // namespace

TEST_CASE("members come back, stored and deflated") {
  const std::vector<NpzMember> members = some_members();
  std::string sizes[2];
  for (const NpzCompression compression : {NpzCompression::stored, NpzCompression::deflated}) {
    const fs::path file = folder.path / "a.npz";
    write_npz(file, views(members), compression);
    const NpzFile again = read_npz(file);
    CHECK(again.compression == compression);
    REQUIRE(again.members.size() == members.size());
    for (std::size_t i = 0; i < members.size(); ++i) {
      CHECK(again.members[i].name == members[i].name);
      CHECK(again.members[i].array.type == members[i].array.type);
      CHECK(again.members[i].array.shape == members[i].array.shape);
      CHECK(again.members[i].array.fortran_order == members[i].array.fortran_order);
      CHECK(again.members[i].array.data == members[i].array.data);
    }
    const std::string bytes = content(file);
    CHECK((bytes.size() > 100000) == (compression == NpzCompression::stored));
    write_npz(file, views(members), compression);
    CHECK(content(file) == bytes);  // the same arrays, the same bytes
  }
  CHECK(std::distance(fs::directory_iterator(folder.path), {}) == 1);
}

TEST_CASE("more members than a ZIP archive of old can have") {
  const NpyArray one{{NpyKind::unsigned_integer, 1}, {}, false, {std::byte{7}}};
  std::vector<NpzMember> members(66000, {"", one});
  for (std::size_t i = 0; i < members.size(); ++i) members[i].name = std::to_string(i);
  const fs::path file = folder.path / "many.npz";
  write_npz(file, views(members));
  const NpzFile again = read_npz(file);
  REQUIRE(again.members.size() == members.size());
  CHECK(again.members.back().name == "65999");
  fs::remove(file);
}

TEST_CASE("members that are none") {
  const std::string good = corpus::npy_files()[0];
  const std::string in_x = "[read_npz] 'FILE', member 'x.npy'",
                    again = "; copy the file again, or write it again with numpy.savez";
  CHECK(error_of(archive("x.npy", good)) == "no error");
  CHECK(error_of(archive("x.txt", good)) ==
        "[read_npz] 'FILE', member 'x.txt': found another file; expected members that end in .npy; take it out");
  CHECK(error_of(archive("x.npy", good + "x")) ==
        in_x +
            ", byte 94: found 1 bytes behind the elements; expected 24 bytes of elements, as the header says; copy "
            "the file again, or write it again with numpy.save");
  CHECK(error_of(archive("x.npy", "text")) ==
        in_x +
            ", byte 4: found the end of the file; expected 6 bytes of magic; copy the file again, or write it again "
            "with numpy.save");
  if (zip_compression_method_supported(ZIP_CM_BZIP2, 1) != 0) {
    CHECK(error_of(
              archive("x.npy", good,
                      [](zip_t* zip, zip_uint64_t index) { zip_set_file_compression(zip, index, ZIP_CM_BZIP2, 0); })) ==
          in_x +
              ": found compression method 12; expected 0 (stored) or 8 (deflated); write the file again with "
              "numpy.savez_compressed");
  }
  if (zip_encryption_method_supported(ZIP_EM_AES_256, 1) != 0) {
    CHECK(error_of(archive("x.npy", good, [](zip_t* zip, zip_uint64_t index) {
            zip_file_set_encryption(zip, index, ZIP_EM_AES_256, "secret");
          })) == in_x + ": found an encrypted member; expected a plain one; decrypt the archive");
  }
  // A bit of the elements: the checksum sees it.
  std::string damaged = archive("x.npy", good);
  damaged[damaged.find("??????")] ^= 1;
  CHECK(error_of(damaged) == in_x + ": found damaged data (CRC error); expected an intact archive" + again);
  // Two members of one name: the second is renamed in both of its headers.
  write_npz(folder.path / "two.npz",
            views({{"x", read_npy(corpus::bytes(good), "")}, {"y", read_npy(corpus::bytes(good), "")}}));
  std::string two = content(folder.path / "two.npz");
  for (std::size_t at = 0; (at = two.find("y.npy", at)) != two.npos;) two[at] = 'x';
  CHECK(error_of(two).starts_with("[read_npz] 'FILE': found no ZIP archive that can be read ("));
}

TEST_CASE("a size that cannot be is not believed") {
  std::string file = archive("x.npy", std::string(1000, 'x'), [](zip_t* zip, zip_uint64_t index) {
    zip_set_file_compression(zip, index, ZIP_CM_DEFLATE, 0);
  });
  // The size stands at byte 22 of the local header and at byte 24 of the central one ("PK\1\2").
  for (const std::size_t at : {std::size_t{22}, file.find("PK\1\2") + 24}) file.replace(at, 4, "\xff\xff\xff\x7f");
  const std::string text = error_of(file);
  CAPTURE(text);
  CHECK(text.find("found 2147483647 bytes packed into ") != text.npos);
}

TEST_CASE("archives that are none") {
  const std::string start = "[read_npz] 'FILE': found no ZIP archive that can be read (";
  CHECK(error_of("").starts_with("[read_npz] 'FILE': found an empty file; expected an .npz file"));
  CHECK(error_of("text").starts_with(start + "Not a zip archive)"));
  CHECK(error_of(corpus::npy_files()[0]).starts_with(start + "Not a zip archive)"));
  const std::string good = archive("x.npy", corpus::npy_files()[0]);
  for (std::size_t size = 0; size < good.size(); ++size) {
    CAPTURE(size);
    CHECK(error_of(good.substr(0, size)) != "no error");
  }
  CHECK_THROWS_AS(read_npz(folder.path / "none.npz"), FileError);
  CHECK_THROWS_AS(read_npz(folder.path), FileError);
}

TEST_CASE("what cannot be written") {
  const std::vector<NpzMember> members = some_members();
  const fs::path file = folder.path / "never.npz";
  CHECK_THROWS_WITH_AS(write_npz(file, views({members[0], members[0]})),
                       "[write_npz] two members are named 'name 0'; rename one of them", ValueError);
  CHECK_THROWS_AS(write_npz(file, {}), ValueError);
  CHECK_THROWS_AS(write_npz(folder.path, views(members)), FileError);
  CHECK_THROWS_AS(write_npz(folder.path / "none" / "a.npz", views(members)), FileError);
  NpzMember wrong = members[0];
  wrong.array.data.pop_back();
  CHECK_THROWS_AS(write_npz(file, views({wrong})), ShapeError);
  CHECK(!fs::exists(file));
}
