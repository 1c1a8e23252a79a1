/**
 * The published BLAKE3 test vectors: plain hashing, input byte `i` is `i % 251`.
 *
 * @see https://github.com/BLAKE3-team/BLAKE3/blob/master/test_vectors/test_vectors.json
 * @module
 */

/** Length of the input, and the digest. */
export const BLAKE3_VECTORS:
  readonly (readonly [byteLength: number, digest: string])[] = [
    [0, "af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262"],
    [1, "2d3adedff11b61f14c886e35afa036736dcd87a74d27b5c1510225d0f592e213"],
    [2, "7b7015bb92cf0b318037702a6cdd81dee41224f734684c2c122cd6359cb1ee63"],
    [3, "e1be4d7a8ab5560aa4199eea339849ba8e293d55ca0a81006726d184519e647f"],
    [4, "f30f5ab28fe047904037f77b6da4fea1e27241c5d132638d8bedce9d40494f32"],
    [5, "b40b44dfd97e7a84a996a91af8b85188c66c126940ba7aad2e7ae6b385402aa2"],
    [6, "06c4e8ffb6872fad96f9aaca5eee1553eb62aed0ad7198cef42e87f6a616c844"],
    [7, "3f8770f387faad08faa9d8414e9f449ac68e6ff0417f673f602a646a891419fe"],
    [8, "2351207d04fc16ade43ccab08600939c7c1fa70a5c0aaca76063d04c3228eaeb"],
    [63, "e9bc37a594daad83be9470df7f7b3798297c3d834ce80ba85d6e207627b7db7b"],
    [64, "4eed7141ea4a5cd4b788606bd23f46e212af9cacebacdc7d1f4c6dc7f2511b98"],
    [65, "de1e5fa0be70df6d2be8fffd0e99ceaa8eb6e8c93a63f2d8d1c30ecb6b263dee"],
    [127, "d81293fda863f008c09e92fc382a81f5a0b4a1251cba1634016a0f86a6bd640d"],
    [128, "f17e570564b26578c33bb7f44643f539624b05df1a76c81f30acd548c44b45ef"],
    [129, "683aaae9f3c5ba37eaaf072aed0f9e30bac0865137bae68b1fde4ca2aebdcb12"],
    [1023, "10108970eeda3eb932baac1428c7a2163b0e924c9a9e25b35bba72b28f70bd11"],
    [1024, "42214739f095a406f3fc83deb889744ac00df831c10daa55189b5d121c855af7"],
    [1025, "d00278ae47eb27b34faecf67b4fe263f82d5412916c1ffd97c8cb7fb814b8444"],
    [2048, "e776b6028c7cd22a4d0ba182a8bf62205d2ef576467e838ed6f2529b85fba24a"],
    [2049, "5f4d72f40d7a5f82b15ca2b2e44b1de3c2ef86c426c95c1af0b6879522563030"],
    [3072, "b98cb0ff3623be03326b373de6b9095218513e64f1ee2edd2525c7ad1e5cffd2"],
    [3073, "7124b49501012f81cc7f11ca069ec9226cecb8a2c850cfe644e327d22d3e1cd3"],
    [4096, "015094013f57a5277b59d8475c0501042c0b642e531b0a1c8f58d2163229e969"],
    [4097, "9b4052b38f1c5fc8b1f9ff7ac7b27cd242487b3d890d15c96a1c25b8aa0fb995"],
    [5120, "9cadc15fed8b5d854562b26a9536d9707cadeda9b143978f319ab34230535833"],
    [5121, "628bd2cb2004694adaab7bbd778a25df25c47b9d4155a55f8fbd79f2fe154cff"],
    [6144, "3e2e5b74e048f3add6d21faab3f83aa44d3b2278afb83b80b3c35164ebeca205"],
    [6145, "f1323a8631446cc50536a9f705ee5cb619424d46887f3c376c695b70e0f0507f"],
    [7168, "61da957ec2499a95d6b8023e2b0e604ec7f6b50e80a9678b89d2628e99ada77a"],
    [7169, "a003fc7a51754a9b3c7fae0367ab3d782dccf28855a03d435f8cfe74605e7817"],
    [8192, "aae792484c8efe4f19e2ca7d371d8c467ffb10748d8a5a1ae579948f718a2a63"],
    [8193, "bab6c09cb8ce8cf459261398d2e7aef35700bf488116ceb94a36d0f5f1b7bc3b"],
    [16384, "f875d6646de28985646f34ee13be9a576fd515f76b5b0a26bb324735041ddde4"],
    [31744, "62b6960e1a44bcc1eb1a611a8d6235b6b4b78f32e7abc4fb4c6cdcce94895c47"],
    [
      102400,
      "bc3e3d41a1146b069abffad3c0d44860cf664390afce4d9661f7902e7943e085",
    ],
  ];

/** Extended output of 131 bytes for 1,025 bytes of input. */
export const BLAKE3_EXTENDED_1025: string = [
  "d00278ae47eb27b34faecf67b4fe263f82d5412916c1ffd97c8cb7fb814b8444",
  "f4c4a22b4b399155358a994e52bf255de60035742ec71bd08ac275a1b51cc6bf",
  "e332b0ef84b409108cda080e6269ed4b3e2c3f7d722aa4cdc98d16deb554e562",
  "7be8f955c98e1d5f9565a9194cad0c4285f93700062d9595adb992ae68ff1280",
  "0ab67a",
].join("");

/** The key of the published vectors. */
export const BLAKE3_VECTOR_KEY: Uint8Array = new TextEncoder().encode(
  "whats the Elvish word for friend",
);

/** The context of the published vectors. */
export const BLAKE3_VECTOR_CONTEXT =
  "BLAKE3 2019-12-27 16:29:52 test vectors context";

/** Length of the input, its keyed hash, and the key derived from it; the same input as above. */
export const BLAKE3_MODE_VECTORS:
  readonly (readonly [byteLength: number, keyed: string, derived: string])[] = [
    [
      0,
      "92b2b75604ed3c761f9d6f62392c8a9227ad0ea3f09573e783f1498a4ed60d26",
      "2cc39783c223154fea8dfb7c1b1660f2ac2dcbd1c1de8277b0b0dd39b7e50d7d",
    ],
    [
      1,
      "6d7878dfff2f485635d39013278ae14f1454b8c0a3a2d34bc1ab38228a80c95b",
      "b3e2e340a117a499c6cf2398a19ee0d29cca2bb7404c73063382693bf66cb06c",
    ],
    [
      1023,
      "c951ecdf03288d0fcc96ee3413563d8a6d3589547f2c2fb36d9786470f1b9d6e",
      "74a16c1c3d44368a86e1ca6df64be6a2f64cce8f09220787450722d85725dea5",
    ],
    [
      1024,
      "75c46f6f3d9eb4f55ecaaee480db732e6c2105546f1e675003687c31719c7ba4",
      "7356cd7720d5b66b6d0697eb3177d9f8d73a4a5c5e968896eb6a689684302706",
    ],
    [
      1025,
      "357dc55de0c7e382c900fd6e320acc04146be01db6a8ce7210b7189bd664ea69",
      "effaa245f065fbf82ac186839a249707c3bddf6d3fdda22d1b95a3c970379bcb",
    ],
    [
      2048,
      "879cf1fa2ea0e79126cb1063617a05b6ad9d0b696d0d757cf053439f60a99dd1",
      "7b2945cb4fef70885cc5d78a87bf6f6207dd901ff239201351ffac04e1088a23",
    ],
    [
      2049,
      "9f29700902f7c86e514ddc4df1e3049f258b2472b6dd5267f61bf13983b78dd5",
      "2ea477c5515cc3dd606512ee72bb3e0e758cfae7232826f35fb98ca1bcbdf273",
    ],
    [
      3072,
      "044a0e7b172a312dc02a4c9a818c036ffa2776368d7f528268d2e6b5df191770",
      "050df97f8c2ead654d9bb3ab8c9178edcd902a32f8495949feadcc1e0480c46b",
    ],
    [
      3073,
      "68dede9bef00ba89e43f31a6825f4cf433389fedae75c04ee9f0cf16a427c95a",
      "72613c9ec9ff7e40f8f5c173784c532ad852e827dba2bf85b2ab4b76f7079081",
    ],
    [
      4096,
      "befc660aea2f1718884cd8deb9902811d332f4fc4a38cf7c7300d597a081bfc0",
      "1e0d7f3db8c414c97c6307cbda6cd27ac3b030949da8e23be1a1a924ad2f25b9",
    ],
    [
      4097,
      "00df940cd36bb9fa7cbbc3556744e0dbc8191401afe70520ba292ee3ca80abbc",
      "aca51029626b55fda7117b42a7c211f8c6e9ba4fe5b7a8ca922f34299500ead8",
    ],
    [
      5120,
      "2c493e48e9b9bf31e0553a22b23503c0a3388f035cece68eb438d22fa1943e20",
      "7a7acac8a02adcf3038d74cdd1d34527de8a0fcc0ee3399d1262397ce5817f60",
    ],
    [
      5121,
      "6ccf1c34753e7a044db80798ecd0782a8f76f33563accaddbfbb2e0ea4b2d024",
      "b07f01e518e702f7ccb44a267e9e112d403a7b3f4883a47ffbed4b48339b3c34",
    ],
    [
      6144,
      "3d6b6d21281d0ade5b2b016ae4034c5dec10ca7e475f90f76eac7138e9bc8f1d",
      "2a95beae63ddce523762355cf4b9c1d8f131465780a391286a5d01abb5683a15",
    ],
    [
      6145,
      "9ac301e9e39e45e3250a7e3b3df701aa0fb6889fbd80eeecf28dbc6300fbc539",
      "379bcc61d0051dd489f686c13de00d5b14c505245103dc040d9e4dd1facab8e5",
    ],
    [
      7168,
      "b42835e40e9d4a7f42ad8cc04f85a963a76e18198377ed84adddeaecacc6f3fc",
      "11c37a112765370c94a51415d0d651190c288566e295d505defdad895dae2237",
    ],
    [
      7169,
      "ed9b1a922c046fdb3d423ae34e143b05ca1bf28b710432857bf738bcedbfa511",
      "554b0a5efea9ef183f2f9b931b7497995d9eb26f5c5c6dad2b97d62fc5ac31d9",
    ],
  ];

/** Extended output of 131 bytes of the same modes for 1,025 bytes of input. */
export const BLAKE3_MODE_EXTENDED_1025: {
  readonly keyed: string;
  readonly derived: string;
} = {
  keyed: [
    "357dc55de0c7e382c900fd6e320acc04146be01db6a8ce7210b7189bd664ea69",
    "362396b77fdc0d2634a552970843722066c3c15902ae5097e00ff53f1e116f1c",
    "d5352720113a837ab2452cafbde4d54085d9cf5d21ca613071551b25d52e69d6",
    "c81123872b6f19cd3bc1333edf0c52b94de23ba772cf82636cff4542540a7738",
    "d5b930",
  ].join(""),
  derived: [
    "effaa245f065fbf82ac186839a249707c3bddf6d3fdda22d1b95a3c970379bcb",
    "5d31013a167509e9066273ab6e2123bc835b408b067d88f96addb550d96b6852",
    "dad38e320b9d940f86db74d398c770f462118b35d2724efa13da97194491d96d",
    "d37c3c09cbef665953f2ee85ec83d88b88d11547a6f911c8217cca46defa2751",
    "e7f3ad",
  ].join(""),
};
